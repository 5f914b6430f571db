// What screens call tables, columns and closed words. English is the schema's own name with blanks; French is here,
// in the trade's words.
#include <algorithm>
#include <array>
#include <utility>

#include "host/texts.h"
#include "schema/lookup.h"

namespace relance {
namespace {

using Label = std::pair<std::string_view, std::string_view>;

constexpr Label kTables[] = {
    {"staff", "personnel"},
    {"device", "poste"},
    {"creditor", "créancier"},
    {"mandate", "mandat"},
    {"debtor", "débiteur"},
    {"contact_point", "coordonnée"},
    {"case_file", "dossier"},
    {"assignment", "attribution"},
    {"claim", "créance"},
    {"entry", "écriture"},
    {"payment", "paiement"},
    {"contact_event", "contact"},
    {"promise", "promesse"},
    {"payment_plan", "échéancier"},
    {"instalment", "échéance"},
    {"proposal", "proposition"},
    {"decision", "décision"},
    {"dispute", "litige"},
    {"task", "tâche"},
    {"conflict", "conflit"},
    {"conflict_side", "version en conflit"},
};

constexpr Label kColumns[] = {
    {"account", "compte"},
    {"address", "adresse"},
    {"address_line", "adresse"},
    {"amends_id", "corrige"},
    {"amount", "montant"},
    {"amount_cents", "montant"},
    {"assignee_id", "chargé de la tâche"},
    {"author_device_id", "poste de l'auteur"},
    {"author_id", "auteur"},
    {"b2c", "consommateur"},
    {"balance_cents", "solde"},
    {"bank_ref", "référence bancaire"},
    {"batch_id", "import"},
    {"birth_on", "né le"},
    {"booked_on", "comptabilisé le"},
    {"capacity", "qualité"},
    {"case_id", "dossier"},
    {"channel", "moyen"},
    {"city", "ville"},
    {"claim_id", "créance"},
    {"closed_on", "clos le"},
    {"closed_reason", "motif de clôture"},
    {"comment", "commentaire"},
    {"conflict_id", "conflit"},
    {"contact", "interlocuteur"},
    {"content", "contenu"},
    {"created_at", "écrit le"},
    {"created_by", "écrit par"},
    {"creditor_id", "créancier"},
    {"currency", "devise"},
    {"debt_acknowledged", "dette reconnue"},
    {"debtor_id", "débiteur"},
    {"detail", "détail"},
    {"device_id", "poste"},
    {"direction", "sens"},
    {"discount_limit_bp", "remise maximale (points de base)"},
    {"do_not_contact", "ne pas contacter"},
    {"drop_seq", "numéro de sortie"},
    {"due", "échéance"},
    {"due_on", "échéance"},
    {"due_origin", "origine de l'échéance"},
    {"duration_s", "durée (s)"},
    {"edited_at", "saisi le"},
    {"enrolled_at", "enrôlé le"},
    {"entry_id", "écriture"},
    {"evidence_ok", "pièces justificatives"},
    {"expediency_ok", "opportun"},
    {"first_name", "prénom"},
    {"first_on", "première échéance"},
    {"found_on", "trouvé le"},
    {"gdpr_role", "rôle RGPD"},
    {"gross_cents", "montant TTC"},
    {"grounds", "motivation"},
    {"happened_at", "date et heure"},
    {"iban_masked", "IBAN"},
    {"id", "identifiant"},
    {"instalments", "nombre d'échéances"},
    {"issued_on", "émis le"},
    {"journal", "journal"},
    {"kind", "nature"},
    {"label", "libellé"},
    {"language", "langue"},
    {"late", "tardif"},
    {"law_ok", "conforme au droit"},
    {"ledger_ref", "compte client"},
    {"legal", "délai légal"},
    {"legal_form", "forme juridique"},
    {"legal_hold", "conservation obligatoire"},
    {"legal_name", "dénomination"},
    {"letter", "lettrage"},
    {"lettering", "lettrage"},
    {"mandate_id", "mandat"},
    {"means", "moyen de paiement"},
    {"name", "nom"},
    {"next_action_on", "prochaine action"},
    {"note", "note"},
    {"number", "numéro"},
    {"opened_on", "ouvert le"},
    {"outcome", "résultat"},
    {"paid_on", "payé le"},
    {"payer", "payeur"},
    {"piece_on", "date de pièce"},
    {"piece_ref", "pièce"},
    {"plan_id", "échéancier"},
    {"position", "rang"},
    {"postcode", "code postal"},
    {"power_to_receive", "pouvoir d'encaisser"},
    {"preferred", "préféré"},
    {"priority", "priorité"},
    {"promised_by", "promis par"},
    {"proposal_id", "proposition"},
    {"reason", "motif"},
    {"remittance_days", "délai de reversement (jours)"},
    {"resolution", "résolution"},
    {"resolved_at", "tranché le"},
    {"resolved_by", "tranché par"},
    {"restricted", "traitement limité"},
    {"result", "résultat"},
    {"role", "rôle"},
    {"row_id", "ligne"},
    {"settled", "soldé"},
    {"side", "version"},
    {"signed_on", "signé le"},
    {"siren", "SIREN"},
    {"siret", "SIRET"},
    {"source", "source"},
    {"source_key", "empreinte de la ligne"},
    {"spoke_to", "personne jointe"},
    {"staff_id", "collaborateur"},
    {"stage", "étape"},
    {"state", "état"},
    {"status", "statut"},
    {"step", "périodicité"},
    {"table_name", "table"},
    {"tags", "étiquettes"},
    {"terms", "conditions"},
    {"terms_days", "délai de paiement (jours)"},
    {"time_zone", "fuseau horaire"},
    {"title", "intitulé"},
    {"total_cents", "total"},
    {"trade_name", "nom commercial"},
    {"type", "type"},
    {"unit", "colonnes liées"},
    {"until_on", "jusqu'au"},
    {"valid_from", "à partir du"},
    {"valid_to", "jusqu'au"},
    {"value", "valeur"},
    {"verdict", "décision"},
    {"version", "version"},
    {"whole_if_missed", "déchéance du terme"},
    {"withdrawn", "retiré"},
};

constexpr Label kWords[] = {
    {"active", "actif"},
    {"adjustment", "régularisation"},
    {"agency", "pour le compte d'autrui"},
    {"agent", "agent"},
    {"already_paid", "déjà payé"},
    {"amicable", "amiable"},
    {"approved", "approuvé"},
    {"assumed", "supposée"},
    {"bill", "effet"},
    {"bill_of_exchange", "lettre de change"},
    {"bounced", "impayé"},
    {"broken", "non tenu"},
    {"call", "appel"},
    {"call_back", "rappeler"},
    {"cancelled", "annulé"},
    {"card", "carte"},
    {"cash", "espèces"},
    {"cash_flow", "trésorerie"},
    {"charge", "frais"},
    {"check_payment", "vérifier le paiement"},
    {"cheque", "chèque"},
    {"clerk", "gestionnaire"},
    {"close", "clôture"},
    {"closed", "clos"},
    {"company", "société"},
    {"concurrent", "simultané"},
    {"controller", "responsable de traitement"},
    {"credit_note", "avoir"},
    {"current", "actuel"},
    {"deceased", "décédé"},
    {"declared", "déclaré"},
    {"direct_debit", "prélèvement"},
    {"discount", "remise"},
    {"dispute", "litige"},
    {"done", "fait"},
    {"dpo", "délégué à la protection des données"},
    {"email", "courriel"},
    {"escalate", "transmission"},
    {"follow_up", "suivre"},
    {"forgotten", "oubli"},
    {"formal_notice", "mise en demeure"},
    {"frozen", "gelé"},
    {"goods", "marchandise"},
    {"hardship", "difficultés"},
    {"hold", "suspension"},
    {"identity", "identité"},
    {"individual", "particulier"},
    {"insolvency", "procédure collective"},
    {"insolvent", "en procédure collective"},
    {"interest", "intérêts"},
    {"invoice", "facture"},
    {"invoice_missing", "facture non reçue"},
    {"joint", "responsable conjoint"},
    {"kept", "tenu"},
    {"late", "tardif"},
    {"left", "parti"},
    {"legal", "judiciaire"},
    {"letter", "courrier"},
    {"litigation", "contentieux"},
    {"lost", "perdu"},
    {"mobile", "mobile"},
    {"monthly", "mensuel"},
    {"moratorium", "moratoire"},
    {"no", "non"},
    {"no_answer", "sans réponse"},
    {"none", "aucun"},
    {"not_ordered", "non commandé"},
    {"not_received", "non reçu"},
    {"office", "bureau"},
    {"open", "ouvert"},
    {"other", "autre"},
    {"outbound", "sortant"},
    {"inbound", "entrant"},
    {"own_name", "en nom propre"},
    {"paid_already", "déjà payé"},
    {"partly", "tenu en partie"},
    {"payment", "paiement"},
    {"phone", "téléphone"},
    {"plan", "échéancier"},
    {"post", "courrier postal"},
    {"pre_due", "avant échéance"},
    {"price", "prix"},
    {"processor", "sous-traitant"},
    {"promise", "promesse"},
    {"proposed", "proposé"},
    {"protected", "protégé"},
    {"quarterly", "trimestriel"},
    {"reached", "joint"},
    {"received", "reçu"},
    {"refusal", "refus"},
    {"refused", "refusé"},
    {"rent", "loyer"},
    {"rescued", "récupéré"},
    {"settled", "soldé"},
    {"skipped", "ignoré"},
    {"sms", "SMS"},
    {"sole_trader", "entrepreneur individuel"},
    {"stated", "indiquée"},
    {"superseded", "remplacé"},
    {"suspended", "suspendu"},
    {"terms", "selon conditions"},
    {"third_party", "tiers"},
    {"todo", "à faire"},
    {"transfer", "virement"},
    {"unknown", "inconnu"},
    {"unverified", "non vérifié"},
    {"valid", "valable"},
    {"visit", "visite"},
    {"voicemail", "messagerie"},
    {"weekly", "hebdomadaire"},
    {"wipe_ordered", "effacement ordonné"},
    {"wiped", "effacé"},
    {"withdrawn", "retiré"},
    {"wrong", "erroné"},
    {"wrong_number", "faux numéro"},
    {"yes", "oui"},
};

template <std::size_t N>
const Label* find(const Label (&labels)[N], std::string_view name) {
  const auto* found =
      std::find_if(std::begin(labels), std::end(labels), [&](const Label& l) { return l.first == name; });
  return found == std::end(labels) ? nullptr : found;
}

std::string with_blanks(std::string_view name) {
  std::string out{name};
  std::replace(out.begin(), out.end(), '_', ' ');
  return out;
}

// "amount_cents" is shown as an amount, "due_on" as what is due: the suffix is for those who type.
std::string english_column(std::string_view name) {
  for (const std::string_view suffix : {"_cents", "_id"})
    if (name.ends_with(suffix) && name.size() > suffix.size()) name.remove_suffix(suffix.size());
  return with_blanks(name);
}

template <std::size_t N>
std::string label(Lang lang, const Label (&labels)[N], std::string_view name) {
  const Label* french = lang == Lang::fr ? find(labels, name) : nullptr;
  return french == nullptr ? with_blanks(name) : std::string(french->second);
}

}  // namespace

std::string table_label(Lang lang, std::string_view table) { return label(lang, kTables, table); }

std::string column_label(Lang lang, std::string_view column) {
  return lang == Lang::fr ? label(lang, kColumns, column) : english_column(column);
}

std::string word_label(Lang lang, std::string_view word) { return label(lang, kWords, word); }

bool has_labels(const schema::Table& table) {
  if (find(kTables, table.name) == nullptr) return false;
  return std::all_of(table.columns.begin(), table.columns.end(), [](const schema::Column& column) {
    const auto is_known = [](std::string_view word) { return find(kWords, word) != nullptr; };
    return find(kColumns, column.name) != nullptr &&
           std::all_of(column.words.begin(), column.words.end(), is_known);
  });
}

}  // namespace relance
