#include "server/default_letters.h"

#include <array>

#include "server/op_draft.h"

namespace relance::server {
namespace {

// Before the due date: a service, and not a word of what happens otherwise.
constexpr std::string_view kPreDue = R"(Madame, Monsieur,

Nous nous permettons de vous rappeler que les factures suivantes de {creditor_name} arrivent bientôt à \
échéance :

{items}

Si votre règlement est déjà programmé, ce courrier n'appelle rien de votre part. Sinon, merci de régler \
{principal} à la date prévue, par {pay_to}, en rappelant le dossier {case_number}.

S'il vous manque une pièce ou si une question se pose, nous sommes à votre écoute{?sender_phone} au \
{sender_phone}{/}.

{passage}

Nous vous remercions de votre confiance et vous prions d'agréer, Madame, Monsieur, nos salutations distinguées.

{sender_name})";

constexpr std::string_view kReminder1 = R"(Madame, Monsieur,

Sauf erreur de notre part, les factures suivantes de {creditor_name} ne sont pas encore réglées :

{items}

{?credits_total}Nous avons tenu compte des sommes et avoirs déjà portés à votre compte :

{credits}

Il s'agit sans doute d'un oubli : nous vous demandons de régler {principal} sous huit jours, par {pay_to}, en \
rappelant le dossier {case_number}.

{?disputed}Les factures que vous contestez, pour {disputed}, ne figurent pas dans ce courrier : elles sont \
examinées à part.

{passage}

Si vous avez réglé ces derniers jours, ne tenez pas compte de cette lettre. En cas de difficulté, \
dites-le-nous vite : une solution se trouve plus facilement à deux.

{?statutory_reference}La présente fait suite à notre lettre {statutory_reference} du {statutory_date}.

Veuillez agréer, Madame, Monsieur, nos salutations distinguées.

{sender_name})";

constexpr std::string_view kReminder2 = R"(Madame, Monsieur,

Malgré notre précédent courrier, les factures suivantes de {creditor_name} restent dues :

{items}

{?credits_total}Sommes et avoirs déjà déduits :

{credits}

À ce jour, votre dette s'établit ainsi :

{amounts}

Nous vous demandons de régler {total} sous huit jours, par {pay_to}, en rappelant le dossier {case_number}.

{?disputed}Les factures que vous contestez, pour {disputed}, ne sont pas comprises dans ce décompte.

{passage}

Si un règlement en une fois vous est impossible, proposez-nous un calendrier : nous vous répondrons.

{?statutory_reference}La présente fait suite à notre lettre {statutory_reference} du {statutory_date}.

Veuillez agréer, Madame, Monsieur, nos salutations distinguées.

{sender_name})";

constexpr std::string_view kReminder3 = R"(Madame, Monsieur,

Nos courriers précédents sont restés sans suite. Vous devez toujours à {creditor_name} :

{items}

{?credits_total}Sommes et avoirs déjà déduits :

{credits}

{amounts}

C'est notre dernier rappel avant une mise en demeure. Nous vous demandons de régler {total} sous huit jours, \
par {pay_to}, en rappelant le dossier {case_number}, ou de nous appeler{?sender_phone} au {sender_phone}{/} \
pour convenir d'une solution.

{?disputed}Les factures que vous contestez, pour {disputed}, ne sont pas comprises dans ce décompte.

{passage}

{?statutory_reference}La présente fait suite à notre lettre {statutory_reference} du {statutory_date}.

Veuillez agréer, Madame, Monsieur, nos salutations distinguées.

{sender_name})";

// CPCE R124-4 in its order, then GDPR art. 14. The words that the rules look for (rules/letter_mentions.cpp) are here.
constexpr std::string_view kAgencyNotice = R"(Madame, Monsieur,

{sender_name}, {sender_address}, exerce une activité de recouvrement amiable. Nous intervenons pour le compte \
de {creditor_name}, {creditor_address}, qui nous a chargés du recouvrement de la créance suivante :

{items}

{?credits_total}Sommes et avoirs déjà déduits :

{credits}

Le montant de la dette, hors frais de recouvrement, s'établit ainsi :

{amounts}

Nous vous demandons de régler {total} sous quinze jours, par {pay_to}, en rappelant la référence \
{letter_number}.

{?disputed}Les factures que vous contestez, pour {disputed}, ne sont pas comprises dans ce décompte.

Si vous contestez cette créance, ou si vous ne pouvez la régler en une fois, écrivez-nous ou \
appelez-nous{?sender_phone} au {sender_phone}{/}.

{passage}

# Article L111-8 du code des procédures civiles d'exécution, alinéas 2 et 3

{text_l111_8}

# Vos données personnelles

Les données qui vous concernent (identité, coordonnées, créance et échanges) nous ont été transmises par \
{creditor_name}. Leur traitement a pour finalité le recouvrement amiable de cette créance, dans l'intérêt \
légitime du créancier ; elles sont conservées le temps du recouvrement puis de la prescription, et ne sont \
communiquées qu'au créancier et à ceux qui interviennent pour lui. Vous disposez des droits d'accès, de \
rectification, d'effacement, de limitation et d'opposition : {privacy_contact}. Vous pouvez aussi saisir la \
CNIL (www.cnil.fr).

Veuillez agréer, Madame, Monsieur, nos salutations distinguées.

{sender_name})";

constexpr std::string_view kFormalNotice = R"(Madame, Monsieur,

Par la présente, nous vous mettons en demeure de régler à {creditor_name}, sous huit jours à compter de sa \
réception, les sommes suivantes :

{items}

{?credits_total}Sommes et avoirs déjà déduits :

{credits}

{amounts}

Le règlement de {total} est à faire par {pay_to}, en rappelant le dossier {case_number}.

{?disputed}Les factures que vous contestez, pour {disputed}, ne sont pas comprises dans ce décompte.

{passage}

Cette mise en demeure fait courir les intérêts au taux légal lorsqu'ils ne courent pas déjà (article 1231-6 \
du code civil). À défaut de règlement ou de proposition de votre part, {creditor_name} pourra porter sa \
demande devant la juridiction compétente.

{?statutory_reference}La présente fait suite à notre lettre {statutory_reference} du {statutory_date}.

Veuillez agréer, Madame, Monsieur, nos salutations distinguées.

{sender_name})";

constexpr std::string_view kPlanAgreement = R"(Madame, Monsieur,

Comme convenu, votre dette envers {creditor_name}, dossier {case_number}, sera réglée en {instalment_count} \
échéances, pour un total de {plan_total} :

{instalments}

Chaque échéance est à régler par {pay_to}, au plus tard à sa date.

{?whole_if_missed}Si une échéance n'est pas réglée à sa date, la totalité du solde devient exigible.

{?debt_acknowledged}En signant, vous reconnaissez devoir cette somme ; cette reconnaissance fait courir un \
nouveau délai de prescription (article 2240 du code civil).

{passage}

Merci de nous retourner un exemplaire daté et signé, précédé de la mention « bon pour accord ».

Fait à ........................, le ........................        Signature :

{?statutory_reference}La présente fait suite à notre lettre {statutory_reference} du {statutory_date}.

{sender_name})";

constexpr std::string_view kReceipt = R"(# Quittance {letter_number}

{sender_name} atteste avoir reçu de {debtor_name}, {?payment_on}le {payment_on}, {/}la somme de \
{payment_amount}{?payment_means} par {payment_means}{/}, à valoir sur sa dette envers {creditor_name}, \
dossier {case_number}.

{passage}

{?statutory_reference}La présente fait suite à notre lettre {statutory_reference} du {statutory_date}.

Cette quittance ne vaut que pour la somme qu'elle énonce.

{sender_name}, le {today})";

constexpr std::string_view kRefusal = R"(Madame, Monsieur,

Vous nous avez fait une proposition au sujet du dossier {case_number} ({creditor_name}). Après examen, elle \
ne peut pas être acceptée.

{passage}

Nous restons à votre disposition{?sender_phone} au {sender_phone}{/} pour chercher avec vous une autre solution.

{?statutory_reference}La présente fait suite à notre lettre {statutory_reference} du {statutory_date}.

Veuillez agréer, Madame, Monsieur, nos salutations distinguées.

{sender_name})";

constexpr std::string_view kCreditorNotice = R"(Madame, Monsieur,

Nous vous informons, pour {creditor_name}, de l'avancement du dossier {case_number} ({debtor_name}).

{?payment_amount}Un règlement de {payment_amount} a été reçu{?payment_on} le {payment_on}{/}.

{passage}

Le solde du dossier s'élève à {balance}.

Veuillez agréer, Madame, Monsieur, nos salutations distinguées.

{sender_name})";

constexpr std::string_view kAnswer = R"(Madame, Monsieur,

Nous accusons réception de votre courrier au sujet du dossier {case_number} ({creditor_name}) et vous \
répondons ce qui suit.

{passage}

{?statutory_reference}La présente fait suite à notre lettre {statutory_reference} du {statutory_date}.

Veuillez agréer, Madame, Monsieur, nos salutations distinguées.

{sender_name})";

constexpr std::string_view kOther = R"(Madame, Monsieur,

Nous vous écrivons au sujet du dossier {case_number} ({creditor_name}).

{passage}

{?statutory_reference}La présente fait suite à notre lettre {statutory_reference} du {statutory_date}.

Veuillez agréer, Madame, Monsieur, nos salutations distinguées.

{sender_name})";

// Verbatim (Légifrance, as in force).
constexpr std::string_view kLawText =
    "Les frais de recouvrement entrepris sans titre exécutoire restent à la charge du créancier, sauf s'ils "
    "concernent un acte dont l'accomplissement est prescrit par la loi au créancier. Toute stipulation "
    "contraire est "
    "réputée non écrite, sauf disposition législative contraire.\nCependant, le créancier qui justifie du "
    "caractère "
    "nécessaire des démarches entreprises pour recouvrer sa créance peut demander au juge de l'exécution de "
    "laisser "
    "tout ou partie des frais ainsi exposés à la charge du débiteur de mauvaise foi.";

constexpr std::array kLetters{
    DefaultLetter{LetterKind::pre_due, "Vos prochaines échéances chez {creditor_name}", kPreDue},
    DefaultLetter{LetterKind::reminder_1, "Rappel : factures de {creditor_name}", kReminder1},
    DefaultLetter{LetterKind::reminder_2, "Deuxième rappel : factures de {creditor_name}", kReminder2},
    DefaultLetter{LetterKind::reminder_3, "Dernier rappel : factures de {creditor_name}", kReminder3},
    DefaultLetter{LetterKind::agency_notice, "Votre dette envers {creditor_name}", kAgencyNotice},
    DefaultLetter{LetterKind::formal_notice, "Mise en demeure : factures de {creditor_name}", kFormalNotice},
    DefaultLetter{LetterKind::plan_agreement, "Votre échéancier, dossier {case_number}", kPlanAgreement},
    DefaultLetter{LetterKind::receipt, "Quittance, dossier {case_number}", kReceipt},
    DefaultLetter{LetterKind::refusal, "Votre proposition, dossier {case_number}", kRefusal},
    DefaultLetter{LetterKind::creditor_notice, "Dossier {case_number} ({debtor_name})", kCreditorNotice},
    DefaultLetter{LetterKind::answer, "Votre courrier, dossier {case_number}", kAnswer},
    DefaultLetter{LetterKind::other, "Dossier {case_number}", kOther},
    DefaultLetter{LetterKind::other, kLawTextTitle, kLawText},
};

}  // namespace

std::span<const DefaultLetter> default_letters() { return kLetters; }

sync::Op default_letter_op(const DefaultLetter& letter, const Id& row) {
  return OpDraft(sync::OpKind::insert, "letter_template", row)
      .set("kind", name_of(letter.kind))
      .set("version", Value{std::int64_t{1}})
      .set("valid_from", letter.valid_from)
      .set("title", letter.title)
      .set("body", letter.body)
      .take();
}

}  // namespace relance::server
