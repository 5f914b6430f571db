// The catalogue: one line a sentence, English first. Amounts and dates look the same in both languages (contract).
#include "host/texts.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <iterator>

namespace relance {
namespace {

struct Entry {
  Text text;
  std::string_view en, fr;
};

constexpr Entry kTexts[] = {
    {Text::just_now, "less than a minute ago", "il y a moins d'une minute"},
    {Text::minutes_ago, "{1} {1|minute|minutes} ago", "il y a {1} {1|minute|minutes}"},
    {Text::hours_ago, "{1} {1|hour|hours} ago", "il y a {1} {1|heure|heures}"},
    {Text::days_ago, "{1} {1|day|days} ago", "il y a {1} {1|jour|jours}"},
    {Text::never, "never", "jamais"},
    {Text::yes, "yes", "oui"},
    {Text::no, "no", "non"},
    {Text::none, "none", "aucun"},

    {Text::all_sent, "Everything is sent; last sync {1}.", "Tout est envoyé ; dernière synchronisation {1}."},
    {Text::edits_wait, "{1} {1|edit waits|edits wait} to be sent; last sync {2}.",
     "{1} {1|saisie attend d'être envoyée|saisies attendent d'être envoyées} ; dernière synchronisation "
     "{2}."},
    {Text::is_bootstrapping,
     "The first download is not complete ({1} {1|case|cases} so far); run `relance sync`.",
     "Le premier chargement n'est pas terminé ({1} {1|dossier|dossiers} pour l'instant) ; lancez « relance "
     "sync »."},
    {Text::is_locked, "Locked: no contact with the office since {1}; run `relance sync` to unlock it.",
     "Verrouillé : aucun contact avec le bureau depuis le {1} ; lancez « relance sync » pour déverrouiller."},
    {Text::is_clock_back,
     "Locked: this machine's clock is behind the last contact with the office ({1}); set the clock right and "
     "run "
     "`relance sync` to unlock.",
     "Verrouillé : l'horloge de cette machine retarde sur le dernier contact avec le bureau ({1}) ; "
     "remettez-la à "
     "l'heure et lancez « relance sync » pour déverrouiller."},
    {Text::lease_ends_soon,
     "No contact with the office since {1}: this replica locks on {2}. Run `relance sync` before.",
     "Aucun contact avec le bureau depuis le {1} : cette copie se verrouille le {2}. Lancez « relance sync » "
     "avant."},
    {Text::is_expired,
     "Locked: no contact with the office since {1}, longer than allowed, and {2} {2|edit is|edits are} not "
     "sent; run "
     "`relance sync` so that the office gets {2|it|them}. Until then nothing can be read.",
     "Verrouillé : aucun contact avec le bureau depuis le {1}, au-delà du délai permis, et {2} {2|saisie "
     "n'est pas "
     "envoyée|saisies ne sont pas envoyées} ; lancez « relance sync » pour les remettre au bureau. D'ici là, "
     "rien "
     "n'est lisible."},
    {Text::replica_upgraded,
     "This replica was of an older version and has been upgraded; the next sync reads the cases anew.",
     "Cette copie était d'une version antérieure et a été mise à niveau ; la prochaine synchronisation relit "
     "les dossiers."},
    {Text::is_suspended,
     "The office has suspended this device; {1} {1|edit is|edits are} kept for its decision.",
     "Le bureau a suspendu ce poste ; {1} {1|saisie est conservée|saisies sont conservées} en attente de sa "
     "décision."},
    {Text::is_wiped,
     "The office has ordered this replica wiped; run `relance sync` to hand over what is not sent.",
     "Le bureau a ordonné l'effacement de ce poste ; lancez « relance sync » pour remettre ce qui n'est pas "
     "envoyé."},
    {Text::is_destroyed,
     "The data of this device has been destroyed; ask the office for a new enrolment code.",
     "Les données de ce poste ont été détruites ; demandez au bureau un nouveau code d'enrôlement."},
    {Text::last_word_waits,
     "A replica that was here is destroyed, and the office does not know it yet: {1} unsent {1|edit "
     "waits|edits wait} "
     "sealed, which only the office can read; run `relance sync` when it can be reached.",
     "Une copie qui était ici est détruite, et le bureau ne le sait pas encore : {1} {1|saisie non envoyée "
     "attend|saisies non envoyées attendent}, scellées, que seul le bureau peut lire ; lancez « relance sync "
     "» dès "
     "qu'il est joignable."},
    {Text::last_word_told,
     "The office now has the {1} sealed {1|edit|edits} of a replica that was destroyed here, and decides on "
     "{1|it|them}.",
     "Le bureau a maintenant {1|la saisie scellée|les {1} saisies scellées} d'une copie détruite ici ; il en "
     "décidera."},
    {Text::last_word_not_told,
     "The sealed edits of a replica that was destroyed here could not be delivered ({1}); they stay, and the "
     "next sync "
     "tries again.",
     "Les saisies scellées d'une copie détruite ici n'ont pas pu être remises ({1}) ; elles restent, et la "
     "prochaine "
     "synchronisation réessaiera."},
    {Text::sealed_and_gone,
     "No contact with the office for longer than allowed: the key and the data of this replica are "
     "destroyed. {1} "
     "unsent {1|edit is|edits are} sealed, only the office can read {1|it|them}; run `relance sync` to "
     "deliver "
     "{1|it|them}, and ask for a new enrolment code.",
     "Aucun contact avec le bureau depuis plus longtemps que permis : la clé et les données de cette copie "
     "sont "
     "détruites. {1} {1|saisie non envoyée est scellée|saisies non envoyées sont scellées}, seul le bureau "
     "peut "
     "{1|la|les} lire ; lancez « relance sync » pour {1|la|les} remettre, et demandez un nouveau code "
     "d'enrôlement."},
    {Text::wiped_sealed,
     "The office has ordered this replica wiped: the key and the data are destroyed. {1} unsent "
     "{1|edit|edits} could "
     "not be handed over and {1|is|are} sealed, only the office can read {1|it|them}; run `relance sync` to "
     "deliver "
     "{1|it|them}.",
     "Le bureau a ordonné l'effacement de ce poste : la clé et les données sont détruites. {1} {1|saisie non "
     "envoyée "
     "n'a pas pu être remise et est scellée|saisies non envoyées n'ont pas pu être remises et sont "
     "scellées}, seul le "
     "bureau peut {1|la|les} lire ; lancez « relance sync » pour {1|la|les} remettre."},
    {Text::not_enrolled,
     "There is no replica in '{1}'; run `relance enrol CODE` with a code from the office.",
     "Aucune copie locale dans « {1} » ; lancez « relance enrol CODE » avec un code donné par le bureau."},
    {Text::fact_pending, "edits to send", "saisies à envoyer"},
    {Text::fact_conflicts, "conflicts to settle", "conflits à trancher"},
    {Text::fact_refused, "refused edits", "saisies refusées"},
    {Text::fact_cases, "cases", "dossiers"},
    {Text::fact_orphans, "rows the office no longer knows", "lignes que le bureau ne connaît plus"},
    {Text::fact_last_sync, "last sync", "dernière synchronisation"},
    {Text::fact_lease, "readable without contact until", "lisible sans contact jusqu'au"},
    {Text::fact_audit, "the office's log", "journal du bureau"},
    {Text::fact_server, "server", "serveur"},
    {Text::fact_user, "user", "utilisateur"},
    {Text::fact_holder_running, "unlocked", "déverrouillé"},

    {Text::ask_new_passphrase, "Choose a passphrase (12 characters or more): ",
     "Choisissez une phrase de passe (12 caractères ou plus) : "},
    {Text::ask_again, "Once more: ", "Encore une fois : "},
    {Text::ask_passphrase, "Passphrase: ", "Phrase de passe : "},
    {Text::ask_old_passphrase, "Present passphrase: ", "Phrase de passe actuelle : "},
    {Text::passphrases_differ, "The two passphrases differ; nothing was changed.",
     "Les deux phrases de passe diffèrent ; rien n'a été modifié."},
    {Text::passphrase_wrong_again, "That is not the passphrase; try again.",
     "Ce n'est pas la phrase de passe ; réessayez."},
    {Text::already_enrolled, "'{1}' holds an enrolled replica already; name another directory with --home.",
     "« {1} » contient déjà une copie enrôlée ; indiquez un autre répertoire avec --home."},
    {Text::enrolled, "This device is enrolled for {1} at {2}.", "Ce poste est enrôlé pour {1} chez {2}."},
    {Text::first_sync_cut,
     "The device is enrolled, but its first download was cut; `relance sync` goes on with it.",
     "Le poste est enrôlé, mais le premier chargement a été interrompu ; « relance sync » le reprendra."},
    {Text::reading_cases, "reading cases", "lecture des dossiers"},

    {Text::synced, "sent {1}, merged {2}, conflicts {3}, refused {4}, received {5}",
     "envoyées {1}, fusionnées {2}, conflits {3}, refusées {4}, reçues {5}"},
    {Text::nothing_to_do, "Nothing new on either side.", "Rien de nouveau, ni ici ni au bureau."},
    {Text::came, "came: {1}", "arrivés : {1}"},
    {Text::left, "left: {1} (no longer assigned to you)", "partis : {1} (ne vous sont plus confiés)"},
    {Text::changed_under, "changed by somebody else while you had unsent work on it: {1}",
     "modifiés par quelqu'un d'autre alors que vous aviez des saisies en attente : {1}"},
    {Text::restored, "The office's server was restored from a backup; what it lacked was sent again.",
     "Le serveur du bureau a été restauré depuis une sauvegarde ; ce qui lui manquait a été renvoyé."},
    {Text::waiting_for_other, "Another `relance` of this home is syncing; waiting for it.",
     "Une autre commande « relance » de ce répertoire synchronise ; attente de sa fin."},
    {Text::sync_still_busy, "The other sync has not ended; try again later.",
     "L'autre synchronisation n'est pas terminée ; réessayez plus tard."},
    {Text::handed_over,
     "The office has suspended this device. {1} unsent {1|edit was|edits were} handed over; the office "
     "decides on "
     "{1|it|them}.",
     "Le bureau a suspendu ce poste. {1} {1|saisie non envoyée lui a été remise|saisies non envoyées lui ont "
     "été "
     "remises} ; il en décidera."},
    {Text::wiped_now,
     "The office has ordered this replica wiped. {1} unsent {1|edit was|edits were} handed over; the key and "
     "the data "
     "are destroyed.",
     "Le bureau a ordonné l'effacement de ce poste. {1} {1|saisie non envoyée lui a été remise|saisies non "
     "envoyées lui "
     "ont été remises} ; la clé et les données sont détruites."},
    {Text::wipe_not_told, "The office could not be told that the data is destroyed.",
     "Le bureau n'a pas pu être informé de la destruction des données."},
    {Text::watching, "Following the office; Ctrl-C ends it.",
     "Suivi du bureau en cours ; Ctrl-C pour arrêter."},
    {Text::watch_failed, "{1} Trying again in {2} s.", "{1} Nouvel essai dans {2} s."},
    {Text::renewed, "The device's certificate was renewed until {1}.",
     "Le certificat du poste est renouvelé jusqu'au {1}."},
    {Text::not_renewed,
     "The device's certificate, valid until {1}, is not renewed yet; the next sync tries again. {2}",
     "Le certificat du poste, valable jusqu'au {1}, n'est pas encore renouvelé ; la prochaine "
     "synchronisation "
     "réessaiera. {2}"},
    {Text::syncing, "syncing", "synchronisation"},
    {Text::erased_edits, "edits about erased data were forgotten: {1}",
     "saisies oubliées car leurs données ont été effacées : {1}"},
    {Text::erased_cases,
     "erased from this computer on the office's order, with all that hung on it: {1} cases",
     "effacés de ce poste sur ordre du bureau, avec tout ce qui s'y rattachait : {1} dossiers"},
    {Text::two_machines, "Another machine uses this device's identity; tell the office.",
     "Une autre machine utilise l'identité de ce poste ; prévenez le bureau."},

    {Text::col_number, "number", "numéro"},
    {Text::col_debtor, "debtor", "débiteur"},
    {Text::col_creditor, "creditor", "créancier"},
    {Text::col_stage, "stage", "étape"},
    {Text::col_balance, "balance", "solde"},
    {Text::col_days, "days past due", "jours de retard"},
    {Text::col_next, "next action", "prochaine action"},
    {Text::col_pending, "unsent", "à envoyer"},
    {Text::col_reason, "why here", "pourquoi ici"},
    {Text::past_due, "{1} {1|day|days} past due", "{1} {1|jour|jours} de retard"},
    {Text::due_today, "due today", "échéance aujourd'hui"},
    {Text::due_in, "due in {1} {1|day|days}", "échéance dans {1} {1|jour|jours}"},
    {Text::nothing_due, "no due date", "sans échéance"},
    {Text::nothing_asked, "nothing is asked for", "rien à réclamer"},
    {Text::case_closed, "closed", "clos"},
    {Text::no_cases, "You hold no case.", "Aucun dossier ne vous est confié."},
    {Text::no_match, "No case matches.", "Aucun dossier ne correspond."},
    {Text::cases_shown, "{1} of {2} cases shown; --limit shows more.",
     "{1} dossiers affichés sur {2} ; --limit en montre plus."},
    {Text::no_such_case, "There is no case of that number or id among yours.",
     "Aucun dossier de ce numéro ou identifiant parmi les vôtres."},
    {Text::case_restricted,
     "Processing of this case is restricted (GDPR art. 18): it is neither shown nor changed. The office can "
     "lift it.",
     "Le traitement de ce dossier est limité (RGPD art. 18) : il n'est ni affiché ni modifié. Le bureau peut "
     "lever la limitation."},
    {Text::cases_hidden, "Not shown, because their processing is restricted (GDPR art. 18): {1}.",
     "Non affichés, leur traitement étant limité (RGPD art. 18) : {1}."},
    {Text::fact_restricted, "restricted, not shown", "limités, non affichés"},
    {Text::behind_views,
     "Cases here are restricted (GDPR art. 18): name the tables without `main.`, and those rows are left "
     "out.",
     "Des dossiers sont ici limités (RGPD art. 18) : nommez les tables sans `main.`, ces lignes sont "
     "écartées."},

    {Text::holders_line, "held by {1}", "confié à {1}"},
    {Text::balance_line, "balance {1}", "solde {1}"},
    {Text::asked_line, "asked for {1}", "à réclamer {1}"},
    {Text::credit_line, "credit left {1}", "crédit restant {1}"},
    {Text::reason_line, "{1}, since {2}", "{1}, échéance du {2}"},
    {Text::position_line, "On {1}: asked {2}, interest {3}, fixed indemnity {4}: {5} in all.",
     "Au {1} : demandé {2}, intérêts {3}, indemnité forfaitaire {4} : {5} en tout."},
    {Text::nature_unknown,
     "Nobody has said whether the debt is a consumer's: no interest, no indemnity, the shortest limitation.",
     "Nul n'a dit si la dette est celle d'un consommateur : ni intérêts ni indemnité, prescription la plus "
     "courte."},
    {Text::nature_trader, "Between traders: interest runs from the day after the due date.",
     "Entre professionnels : les intérêts courent dès le lendemain de l'échéance."},
    {Text::nature_consumer, "A consumer's debt: interest runs from the formal notice only, and no indemnity.",
     "Dette d'un consommateur : intérêts à compter de la mise en demeure seulement, sans indemnité."},
    {Text::interest_unknown,
     "Interest is computed up to {1} and no further: no rate is known from that day on.",
     "Les intérêts s'arrêtent au {1} : aucun taux n'est connu à partir de ce jour."},
    {Text::limitation_left, "until {1} ({2} {2|day|days} left)", "jusqu'au {1} (reste {2} {2|jour|jours})"},
    {Text::limitation_over, "time-barred since {1} ({2} {2|day|days})",
     "prescrite depuis le {1} ({2} {2|jour|jours})"},
    {Text::limitation_stopped, "stopped", "suspendue"},
    {Text::limitation_undated, "no date to count from", "aucune date de départ"},
    {Text::aged_not_due, "not due", "non échu"},
    {Text::aged_unmatched, "unmatched", "non lettré"},
    {Text::no_mandate, "No mandate of this creditor is in force: nothing may be done for him (CPCE R124-3).",
     "Aucun mandat de ce créancier n'est en vigueur : rien ne peut être entrepris pour lui (CPCE R124-3)."},
    {Text::no_statutory_letter, "The statutory letter has not been sent: no call before it (CPCE R124-4).",
     "La lettre de recouvrement n'a pas été envoyée : pas d'appel avant elle (CPCE R124-4)."},
    {Text::recall_letter, "To be said on the call: our letter {1} of {2} (CPCE R124-4).",
     "À rappeler lors de l'appel : notre lettre {1} du {2} (CPCE R124-4)."},
    {Text::account_title, "account ({1} {1|line|lines})", "compte ({1} {1|ligne|lignes})"},
    {Text::as_of_arg, "Figures and account as of this day (else today)",
     "Chiffres et compte à cette date (sinon aujourd'hui)"},
    {Text::section_pending, "not sent yet", "pas encore envoyé"},
    {Text::open_part, "open", "reste dû"},
    {Text::unknown_holder, "nobody", "personne"},

    {Text::no_such_named, "There is no {1} of that name here.",
     "Il n'existe ici aucun élément « {1} » de ce nom."},
    {Text::edit_refused, "Not possible on {2}: {1}.", "Impossible sur {2} : {1}."},
    {Text::id_expected,
     "The row is named by its id; a case also by its number, a creditor or colleague by name.",
     "La ligne se désigne par son identifiant ; un dossier aussi par son numéro, un créancier ou collègue "
     "par "
     "son nom."},
    {Text::nothing_changed, "No column was given; write column=value.",
     "Aucune colonne donnée ; écrivez colonne=valeur."},

    {Text::cmd_letter, "Letters: draft one for the office, fetch the file of one that was issued",
     "Courriers : en préparer un pour le bureau, récupérer le fichier d'un courrier émis"},
    {Text::cmd_letter_propose, "Draft a letter; the office issues it",
     "Préparer un courrier ; le bureau l'émet"},
    {Text::cmd_letter_file, "The PDF of an issued letter, from the office",
     "Le PDF d'un courrier émis, pris au bureau"},
    {Text::cmd_receipt, "Receipts for payments", "Reçus de règlements"},
    {Text::cmd_receipt_slip, "A provisional slip for a payment; the numbered receipt comes from the office",
     "Un reçu provisoire pour un règlement ; la quittance numérotée vient du bureau"},
    {Text::arg_letter_kind,
     "pre_due, reminder_1 to reminder_3, agency_notice, formal_notice, plan_agreement, ...",
     "pre_due, reminder_1 à reminder_3, agency_notice, formal_notice, plan_agreement, ..."},
    {Text::arg_letter, "The letter's number, or its id", "Numéro du courrier, ou son identifiant"},
    {Text::arg_out, "The file to write", "Fichier à écrire"},
    {Text::arg_passage, "Own words, in the place that the template leaves for them",
     "Vos propres mots, à la place que le modèle leur laisse"},
    {Text::arg_payment, "The payment's id", "Identifiant du règlement"},
    {Text::no_such_letter_kind,
     "An agent proposes no letter of the kind {1}; see relance letter propose --help.",
     "Un agent ne propose pas de courrier de la nature {1} ; voir relance letter propose --help."},
    {Text::no_such_letter, "There is no letter of that number here.",
     "Il n'existe ici aucun courrier de ce numéro."},
    {Text::letter_not_issued, "This letter is not issued yet: it has no file.",
     "Ce courrier n'est pas encore émis : il n'a pas de fichier."},
    {Text::no_such_file,
     "The office does not have this file for you; sync, and look whether you still hold the case.",
     "Le bureau n'a pas ce fichier pour vous ; synchronisez, puis vérifiez que vous tenez encore le "
     "dossier."},
    {Text::file_is_another,
     "What the office sent is not the file that was issued: nothing was saved. Tell the office.",
     "Ce que le bureau a envoyé n'est pas le fichier émis : rien n'a été enregistré. Prévenez le bureau."},
    {Text::file_saved, "Saved: {1}", "Enregistré : {1}"},
    {Text::no_such_payment, "There is no payment of that id here.",
     "Il n'existe ici aucun règlement de cet identifiant."},

    {Text::payment_cmd, "Note a payment that the debtor declares; offline",
     "Noter un paiement que le débiteur déclare ; hors ligne"},
    {Text::payment_amount, "Euros, as 250 or 1234.56", "Euros, par exemple 250 ou 1234,56"},
    {Text::payment_on, "The day that he names (else today)", "Le jour qu'il indique (sinon aujourd'hui)"},
    {Text::payment_means, "transfer, cheque, card, direct_debit, bill_of_exchange or cash",
     "transfer, cheque, card, direct_debit, bill_of_exchange ou cash"},
    {Text::payment_says, "Which piece he pays by it, in his words",
     "La pièce qu'il paie ainsi, selon ses mots"},
    {Text::payment_bad_amount, "The amount is written 250 or 1234.56, and is more than nothing.",
     "Le montant s'écrit 250 ou 1234,56, et il est supérieur à zéro."},
    {Text::payment_declared, "Declared: {1} on {2}. The balance moves once the office has received it.",
     "Déclaré : {1} le {2}. Le solde bouge quand le bureau l'a reçu."},
    {Text::outbox_empty, "No edit waits, and none was sent lately.",
     "Aucune saisie en attente ni envoyée récemment."},
    {Text::col_n, "no.", "n°"},
    {Text::col_when, "when", "quand"},
    {Text::col_intent, "intent", "intention"},
    {Text::col_what, "what", "quoi"},
    {Text::col_status, "fate", "sort"},
    {Text::col_why, "why", "pourquoi"},
    {Text::undone, "Edit {1} is taken back.", "La saisie {1} est annulée."},
    {Text::amended, "Edit {1} is changed.", "La saisie {1} est modifiée."},
    {Text::discarded, "Edit {1} is given up.", "La saisie {1} est abandonnée."},
    {Text::resent, "Edit {1} will be sent again as {2}.", "La saisie {1} sera renvoyée sous le numéro {2}."},
    {Text::refused_none, "No edit was refused.", "Aucune saisie refusée."},
    {Text::depends_on, "builds on {1}", "repose sur {1}"},
    {Text::depends_hint, "These build on it: {1}. Send them again too, after it.",
     "Reposent sur elle : {1}. Renvoyez-les aussi, après elle."},
    {Text::no_such_edit, "There is no edit {1} that was never sent; what was sent cannot be changed here.",
     "Il n'y a pas de saisie {1} encore jamais envoyée ; ce qui est parti ne se modifie plus ici."},
    {Text::no_such_refused, "There is no refused edit {1}.", "Il n'y a pas de saisie refusée {1}."},
    {Text::built_on, "Edit {2} builds on edit {1}; take that one back first.",
     "La saisie {2} repose sur la saisie {1} ; annulez-la d'abord."},
    {Text::amend_no_column, "Edit {1} has no operation on a table with the column {2}.",
     "La saisie {1} ne touche aucune table qui ait la colonne {2}."},

    {Text::conflicts_none, "Nothing waits for your choice.", "Rien n'attend votre choix."},
    {Text::conflict_head, "{1}  {2}, case {3}", "{1}  {2}, dossier {3}"},
    {Text::side_current, "current", "actuel"},
    {Text::side_proposed, "proposed", "proposé"},
    {Text::side_by, "by {1}, {2}", "par {1}, {2}"},
    {Text::conflict_resolved, "Chosen; the office hears of it at the next sync.",
     "Choix enregistré ; le bureau le recevra à la prochaine synchronisation."},
    {Text::no_such_conflict, "There is no open conflict of that id here.",
     "Il n'y a ici aucun conflit ouvert de cet identifiant."},
    {Text::several_sides,
     "There are several proposals; name one by its id (see `relance conflicts`), or give "
     "column=value.",
     "Il y a plusieurs propositions ; désignez-en une par son identifiant (voir « relance conflicts »), ou "
     "donnez "
     "colonne=valeur."},
    {Text::take_expected, "--take is current, proposed, the id of a side, or column=value.",
     "--take vaut current, proposed, l'identifiant d'une version, ou colonne=valeur."},
    {Text::kind_late, "came after the case had moved on", "arrivée après le transfert du dossier"},
    {Text::not_of_unit, "The column {1} is not part of this conflict; its columns are: {2}.",
     "La colonne {1} ne fait pas partie de ce conflit ; ses colonnes sont : {2}."},

    {Text::verified_equal, "The replica equals the office's view.",
     "La copie est identique à ce que voit le bureau."},
    {Text::verified_repaired, "{1} {1|row|rows} differed from the office's view and {1|was|were} repaired.",
     "{1} {1|ligne différait|lignes différaient} de ce que voit le bureau et {1|a été réparée|ont été "
     "réparées}."},
    {Text::file_sound, "The file on this disk is sound.", "Le fichier sur ce disque est sain."},
    {Text::file_damaged,
     "The file on this disk is damaged; tell the office, and do not delete it: unsent edits "
     "are in it.",
     "Le fichier sur ce disque est endommagé ; prévenez le bureau, et ne le supprimez pas : il contient des "
     "saisies "
     "non envoyées."},

    {Text::unlocked_for, "Unlocked until {1} {1|minute|minutes} pass without a command, or `relance lock`.",
     "Déverrouillé jusqu'à {1} {1|minute|minutes} sans commande, ou « relance lock »."},
    {Text::already_unlocked, "It is unlocked already.", "C'est déjà déverrouillé."},
    {Text::locked_now, "Locked.", "Verrouillé."},
    {Text::was_not_unlocked, "It was not unlocked.", "Ce n'était pas déverrouillé."},
    {Text::passphrase_changed, "The passphrase is changed.", "La phrase de passe est changée."},
    {Text::recovered, "This replica opens with the new passphrase; everything in it is as it was.",
     "Cette copie s'ouvre avec la nouvelle phrase de passe ; tout ce qu'elle contient est intact."},
    {Text::recover_nothing,
     "There is no replica in {1} that could be opened again; with a code of `relance-server invite`, "
     "`relance enrol "
     "CODE` makes one.",
     "Il n'y a pas dans {1} de copie à rouvrir ; avec un code de « relance-server invite », « relance enrol "
     "CODE » en "
     "crée une."},
    {Text::recover_not_this,
     "What the office sent does not open this replica; nothing was changed. Tell the office which device "
     "this is: {1}.",
     "Ce que le bureau a envoyé n'ouvre pas cette copie ; rien n'a été modifié. Dites au bureau quel poste "
     "c'est : {1}."},
    {Text::idle_expected, "--idle is a number with s, m or h, from 1s to 24h, for example 10m.",
     "--idle est un nombre suivi de s, m ou h, de 1s à 24h, par exemple 10m."},
    {Text::holder_failed, "The key holder could not be started; each command will ask for the passphrase.",
     "Le gardien de clé n'a pas pu démarrer ; chaque commande demandera la phrase de passe."},

    {Text::doctor_engine, "engine", "moteur"},
    {Text::doctor_home, "directory", "répertoire"},
    {Text::doctor_disk, "disk", "disque"},
    {Text::doctor_key, "key", "clé"},
    {Text::doctor_certificate, "certificate", "certificat"},
    {Text::doctor_reach, "server", "serveur"},
    {Text::doctor_clock, "clock", "horloge"},
    {Text::doctor_lease, "lease", "bail"},
    {Text::doctor_audit, "the office's log", "journal du bureau"},
    {Text::good, "good", "bon"},
    {Text::attention, "LOOK", "À VOIR"},
    {Text::engine_plain, "{1}: it does not encrypt; install SQLCipher 4.6 or later",
     "{1} : il ne chiffre pas ; installez SQLCipher 4.6 ou plus récent"},
    {Text::home_missing, "'{1}' does not exist", "« {1} » n'existe pas"},
    {Text::home_open, "others can read '{1}'", "« {1} » est lisible par d'autres"},
    {Text::home_fine, "'{1}', for its owner only", "« {1} », réservé à son propriétaire"},
    {Text::disk_low, "only {1} MiB free", "il ne reste que {1} Mio libres"},
    {Text::disk_fine, "{1} MiB free", "{1} Mio libres"},
    {Text::key_missing, "there is no key file", "il n'y a pas de fichier de clé"},
    {Text::key_unread, "the key file is there, but it was not opened: {1}",
     "le fichier de clé est là, mais n'a pas été ouvert : {1}"},
    {Text::key_fine, "opens, and the replica opens with it", "s'ouvre, et la copie s'ouvre avec elle"},
    {Text::certificate_missing, "there is no certificate", "il n'y a pas de certificat"},
    {Text::certificate_until, "valid until {1}", "valable jusqu'au {1}"},
    {Text::certificate_over, "ran out on {1}", "expiré le {1}"},
    {Text::reach_fine, "{1} answers", "{1} répond"},
    {Text::not_checked, "not checked", "non vérifié"},
    {Text::clock_fine, "within {1} s of the server's", "à {1} s de celle du serveur"},
    {Text::clock_off, "this computer says {1}, the server {2}", "cet ordinateur indique {1}, le serveur {2}"},
    {Text::lease_fine, "readable without contact until {1}", "lisible sans contact jusqu'au {1}"},
    {Text::lease_over, "ended on {1}", "terminé le {1}"},
    {Text::audit_none, "not heard of yet", "pas encore entendu"},
    {Text::audit_fine, "witnessed up to entry {1}, {2}", "attesté jusqu'à l'entrée {1}, {2}"},
    {Text::audit_rewritten,
     "it was rewritten: this device holds the office's signature of entry {1}, and the office shows another "
     "log",
     "il a été réécrit : ce poste détient la signature du bureau pour l'entrée {1}, et le bureau montre un "
     "autre "
     "journal"},
    {Text::audit_other_key, "it is signed by another key than before",
     "il est signé par une autre clé qu'auparavant"},
    {Text::audit_lost, "the office went back to a backup: {1} of its signatures are of what was lost",
     "le bureau est revenu à une sauvegarde : {1} de ses signatures portent sur ce qui a été perdu"},
    {Text::audit_unanswered, "the office does not show it any more, although it did",
     "le bureau ne le montre plus, alors qu'il le montrait"},
    {Text::advice_audit, "work on; tell the data protection officer. The office is told by the next sync",
     "continuez ; prévenez le délégué à la protection des données. Le bureau l'apprend à la prochaine "
     "synchronisation"},
    {Text::advice_clock, "set this computer's clock", "réglez l'horloge de cet ordinateur"},
    {Text::advice_disk, "free some space", "libérez de la place"},
    {Text::advice_certificate, "run `relance sync` to renew it",
     "lancez « relance sync » pour le renouveler"},
    {Text::advice_lease, "run `relance sync`", "lancez « relance sync »"},
    {Text::advice_enrol, "run `relance enrol CODE`", "lancez « relance enrol CODE »"},
    {Text::advice_chmod, "run: chmod 700 '{1}'", "lancez : chmod 700 « {1} »"},
    {Text::advice_network, "check the network, then the address with the office",
     "vérifiez le réseau, puis l'adresse auprès du bureau"},

    {Text::rank_limitation, "barred by limitation in {1} {1|day|days}",
     "prescription dans {1} {1|jour|jours}"},
    {Text::rank_limitation_today, "the last day before limitation", "dernier jour avant la prescription"},
    {Text::rank_legal, "hearing or deadline in law in {1} {1|day|days}",
     "audience ou délai légal dans {1} {1|jour|jours}"},
    {Text::rank_legal_today, "hearing or deadline in law today", "audience ou délai légal aujourd'hui"},
    {Text::rank_legal_over, "deadline in law passed {1} {1|day|days} ago",
     "délai légal dépassé de {1} {1|jour|jours}"},
    {Text::rank_broken, "promise broken {1} {1|day|days} ago",
     "promesse non tenue depuis {1} {1|jour|jours}"},
    {Text::rank_call_back_today, "call back today", "à rappeler aujourd'hui"},
    {Text::rank_call_back_late, "call back, {1} {1|day|days} late",
     "à rappeler, {1} {1|jour|jours} de retard"},
    {Text::rank_answer, "answer due in {1} {1|day|days}", "réponse à donner dans {1} {1|jour|jours}"},
    {Text::rank_answer_today, "answer due today", "réponse à donner aujourd'hui"},
    {Text::rank_answer_late, "answer {1} {1|day|days} late", "réponse en retard de {1} {1|jour|jours}"},
    {Text::rank_promise_today, "promise due today: check the payment",
     "promesse échue aujourd'hui : vérifier le paiement"},
    {Text::rank_promise_over, "promise due {1} {1|day|days} ago: check the payment",
     "promesse échue depuis {1} {1|jour|jours} : vérifier le paiement"},
    {Text::rank_instalment, "instalment missed {1} {1|day|days} ago",
     "échéance du plan impayée depuis {1} {1|jour|jours}"},
    {Text::rank_task_today, "task due today", "tâche pour aujourd'hui"},
    {Text::rank_task_late, "task {1} {1|day|days} late", "tâche en retard de {1} {1|jour|jours}"},
    {Text::rank_past_due, "{1} {1|day|days} past due, {2} expected",
     "{1} {1|jour|jours} de retard, {2} attendus"},
    {Text::rank_pre_due, "due in {1} {1|day|days}: courtesy reminder",
     "échéance dans {1} {1|jour|jours} : rappel de courtoisie"},
    {Text::rank_waiting, "an agreement or dispute runs", "accord ou litige en cours"},
    {Text::rank_stopped, "nothing may be asked", "rien ne peut être réclamé"},

    {Text::bar_ward, "The debtor is under protection: speak only to the guardian{1} (--guardian).",
     "Le débiteur est protégé : ne parler qu'à son tuteur ou curateur{1} (--guardian)."},
    {Text::bar_deceased, "The debtor is said to be deceased.", "Le débiteur serait décédé."},
    {Text::bar_no_letter, "No letter sent: call not allowed. An agency writes first (CPCE R124-4).",
     "Aucune lettre envoyée : appel interdit. Un cabinet écrit d'abord (CPCE R124-4)."},
    {Text::bar_closed_day, "It is a Sunday or public holiday where the debtor is.",
     "C'est un dimanche ou un jour férié chez le débiteur."},
    {Text::bar_closed_hours, "It is {1} where the debtor is: outside the hours for calls.",
     "Il est {1} chez le débiteur : hors des heures d'appel."},
    {Text::bar_too_often, "This would be contact number {1} in {2} days: too many.",
     "Ce serait le contact n° {1} en {2} jours : c'est trop."},
    {Text::bar_often, "This would be contact number {1} in {2} days: think whether it is needed.",
     "Ce serait le contact n° {1} en {2} jours : est-il nécessaire ?"},
    {Text::bar_unknown_zone, "The debtor's time zone is not known here: check the hour yourself.",
     "Le fuseau horaire du débiteur est inconnu ici : vérifiez l'heure vous-même."},
    {Text::stop_closed, "The case is closed.", "Le dossier est clos."},
    {Text::stop_restricted, "Processing is restricted (GDPR art. 18).",
     "Le traitement est limité (RGPD art. 18)."},
    {Text::stop_insolvency, "Insolvency proceedings are open: nothing may be asked.",
     "Une procédure collective est ouverte : rien ne peut être réclamé."},
    {Text::stop_over_indebtedness,
     "An over-indebtedness file is admissible: the debtor may not pay earlier debts (C. conso L722-5).",
     "Un dossier de surendettement est recevable : le débiteur ne peut payer les dettes antérieures (C. "
     "conso L722-5)."},
    {Text::stop_do_not_contact, "This debtor must not be contacted.",
     "Ce débiteur ne doit pas être contacté."},
    {Text::stop_moratorium, "A moratorium runs.", "Un moratoire est en cours."},
    {Text::stop_small_claim, "A simplified procedure runs: no payment until its outcome (CPCE R125-7).",
     "Une procédure simplifiée est en cours : aucun paiement avant son issue (CPCE R125-7)."},
    {Text::stop_plan, "A plan runs: speak of nothing beyond it.",
     "Un échéancier est en cours : ne parler de rien au-delà."},
    {Text::stop_promise, "A promise runs.", "Une promesse est en cours."},
    {Text::stop_disputed, "Everything open is disputed.", "Tout ce qui est ouvert est contesté."},
    {Text::call_free, "Nothing stands against a call now.", "Rien ne s'oppose à un appel maintenant."},
    {Text::call_count,
     "Contacts in {1} days known on this device: {2}, answered: {3}. Colleagues' calls that have not "
     "arrived are not in it.",
     "Contacts en {1} jours connus sur ce poste : {2}, aboutis : {3}. Les appels des collègues non "
     "encore reçus n'y sont pas."},
    {Text::call_recall, "Recall the letter: {1} of {2}.", "Rappeler la lettre : {1} du {2}."},
    {Text::call_identify, "Before a word about the debt: make sure that {1} is speaking.",
     "Avant un mot de la dette : s'assurer que c'est bien {1} qui parle."},
    {Text::call_third_party, "To anybody else say only: please have {1} call back. No subject.",
     "À toute autre personne, dire seulement : merci de demander à {1} de rappeler. Aucun objet."},
    {Text::call_needs_party,
     "This outcome discloses the debt: say to whom (--spoke-to NAME) or that it was the debtor "
     "(--right-party).",
     "Ce résultat révèle la dette : dites à qui (--spoke-to NOM) ou que c'était le débiteur "
     "(--right-party)."},
    {Text::call_needs_why, "The house's rules stand against it; with grounds (--why TEXT) it is logged.",
     "Les règles de la maison s'y opposent ; avec un motif (--why TEXTE) l'appel est noté."},
    {Text::call_needs_promise, "A promise needs its amount and day: --promise AMOUNT --by DATE.",
     "Une promesse exige un montant et une date : --promise MONTANT --by DATE."},
    {Text::call_next_needs_day, "--next needs its day: --on DATE.", "--next exige son jour : --on DATE."},
    {Text::call_logged, "Logged on {1}: {2}.", "Noté sur {1} : {2}."},
    {Text::call_correction, "It stands beside the entry that it corrects.",
     "La saisie corrigée reste visible à côté."},
    {Text::call_clock_off,
     "This machine's clock is {1} minutes off the office's: times are kept as corrected.",
     "L'horloge de ce poste s'écarte de {1} minutes de celle du bureau : les heures sont corrigées."},
    {Text::no_such_contact, "There is no contact of that id on this case.",
     "Aucun contact de cet identifiant sur ce dossier."},
    {Text::no_such_number, "The debtor has no such number; `relance case NO` lists those known.",
     "Le débiteur n'a pas ce numéro ; « relance case NO » donne les numéros connus."},
    {Text::number_marked, "The number is marked as wrong.", "Le numéro est marqué comme faux."},
    {Text::note_flagged,
     "The note names something that does not belong there: {1}. Shorten it, or store it with --keep-note.",
     "La note contient ce qui n'a pas à y figurer : {1}. Abrégez-la, ou gardez-la avec --keep-note."},
    {Text::note_kept, "Kept as written, though it names: {1}.",
     "Gardée telle quelle, bien qu'elle contienne : {1}."},
    {Text::note_too_long, "The note has {1} characters; at most {2} are kept.",
     "La note compte {1} caractères ; {2} au plus."},
    {Text::flag_health, "health", "santé"},
    {Text::flag_religion, "religion", "religion"},
    {Text::flag_trade_union, "trade union", "syndicat"},
    {Text::flag_opinion, "politics", "opinions politiques"},
    {Text::flag_crime, "offences", "infractions"},
    {Text::flag_private_life, "private life", "vie privée"},
    {Text::flag_insult, "insult", "injure"},
    {Text::flag_bank_number, "full bank number", "numéro bancaire complet"},

    {Text::bad_amount, "\"{1}\" is no amount in euros, such as 250 or 1234.56.",
     "« {1} » n'est pas un montant en euros, comme 250 ou 1234,56."},
    {Text::amount_too_large, "That is more than any row may hold ({1}).",
     "C'est plus qu'aucune ligne ne peut contenir ({1})."},
    {Text::bad_day, "\"{1}\" is no day, such as 2026-12-05.",
     "« {1} » n'est pas une date, comme 2026-12-05."},
    {Text::bad_word, "\"{1}\" is not one of: {2}.", "« {1} » n'est pas l'un de : {2}."},
    {Text::day_is_past, "{1} is over.", "Le {1} est passé."},

    {Text::promise_noted, "Promise of {1} by {2} noted.", "Promesse de {1} pour le {2} notée."},
    {Text::promise_replaces, "It replaces the open promise of {1} by {2}.",
     "Elle remplace la promesse ouverte de {1} pour le {2}."},
    {Text::promise_above, "It is more than what is asked ({1}).", "C'est plus que ce qui est réclamé ({1})."},
    {Text::plan_impossible, "No plan can be made of that: 1 to {1} instalments, each of a cent or more.",
     "Aucun échéancier possible : 1 à {1} échéances d'un centime au moins."},
    {Text::plan_refused, "A plan may not be proposed: {1}", "Un échéancier ne peut être proposé : {1}"},
    {Text::plan_within, "Within your authority ({1}, {2} {2|month|months}).",
     "Dans votre délégation ({1}, {2} mois)."},
    {Text::plan_above, "Above your authority ({1}, {2} {2|month|months}): the office decides.",
     "Au-delà de votre délégation ({1}, {2} mois) : le bureau décide."},
    {Text::plan_simulated, "Simulated only; --propose hands it to the office.",
     "Simulation seulement ; --propose le transmet au bureau."},
    {Text::proposed, "Proposed to the office: {1}.", "Proposé au bureau : {1}."},
    {Text::discount_above, "Your limit for discounts is {1} ({2} basis points of {3}).",
     "Votre limite de remise est de {1} ({2} points de base de {3})."},
    {Text::discount_senseless, "A discount is above zero and at most what is asked ({1}).",
     "Une remise est positive et au plus égale à ce qui est réclamé ({1})."},
    {Text::proposals_none, "No proposals.", "Aucune proposition."},
    {Text::proposal_waits, "waits", "en attente"},
    {Text::col_kind, "kind", "nature"},
    {Text::col_case, "case", "dossier"},
    {Text::col_amount, "amount", "montant"},
    {Text::col_until, "until", "jusqu'au"},
    {Text::col_due, "due", "échéance"},
    {Text::col_title, "what", "quoi"},
    {Text::col_state, "state", "état"},
    {Text::col_comment, "comment", "commentaire"},
    {Text::col_id, "id", "identifiant"},
    {Text::col_seen, "balance seen", "solde vu"},
    {Text::col_now, "balance now", "solde actuel"},

    {Text::task_noted, "Task noted for {1}.", "Tâche notée pour le {1}."},
    {Text::tasks_none, "No tasks.", "Aucune tâche."},
    {Text::task_closed, "The task is {1}.", "La tâche est {1}."},
    {Text::no_such_task, "There is no such task here.", "Cette tâche n'est pas ici."},
    {Text::task_needs_result, "A deadline in law is closed only with its result (--result TEXT).",
     "Un délai légal ne se clôt qu'avec son résultat (--result TEXTE)."},
    {Text::mail_noted, "Mail noted; an answer is due by {1}.",
     "Courrier noté ; réponse attendue pour le {1}."},
    {Text::enquiry_noted, "Finding noted.", "Renseignement noté."},
    {Text::needs_source, "A fact without a source is refused: give --source and --on.",
     "Un fait sans source est refusé : donnez --source et --on."},
    {Text::dispute_noted, "Dispute noted; dunning of it stops.",
     "Litige noté ; la relance de ce qui est contesté s'arrête."},
    {Text::disputes_noted, "The {1} open claims of that piece are disputed; dunning of them stops.",
     "Les {1} créances ouvertes de cette pièce sont contestées ; leur relance s'arrête."},
    {Text::no_such_piece, "The case has no open claim of that piece number.",
     "Le dossier n'a pas de créance ouverte de ce numéro de pièce."},
    {Text::told_office, "Told: {1}.", "Transmis : {1}."},
    {Text::request_noted, "The request is with the data protection officer, dated {1}.",
     "La demande est transmise au délégué à la protection des données, datée du {1}."},
    {Text::is_day, "{1}: {2} {2|case|cases}, {3} for today.",
     "{1} : {2} {2|dossier|dossiers}, {3} pour aujourd'hui."},
    {Text::today_tasks, "Tasks until today", "Tâches jusqu'à aujourd'hui"},
    {Text::today_target, "This month: people reached {1} of {2}, promises {3} of {4}, received {5} of {6}.",
     "Ce mois : personnes jointes {1} sur {2}, promesses {3} sur {4}, encaissé {5} sur {6}."},
    {Text::today_no_target, "This month: people reached {1}, promises {2}, received {3}.",
     "Ce mois : personnes jointes {1}, promesses {2}, encaissé {3}."},

    {Text::cmd_today, "The day's plan: first cases, tasks, targets",
     "Le plan du jour : premiers dossiers, tâches, objectifs"},
    {Text::cmd_call, "Log a call, or ask first whether it may be made",
     "Noter un appel, ou demander d'abord s'il est permis"},
    {Text::cmd_mail, "Register mail from a debtor, with the day by which it wants an answer",
     "Enregistrer un courrier du débiteur, avec sa date de réponse"},
    {Text::cmd_enquiry, "Note what was found out, where and when",
     "Noter un renseignement, sa source et sa date"},
    {Text::cmd_task, "Tasks: add, done, list", "Tâches : add, done, list"},
    {Text::cmd_task_add, "Note a task", "Noter une tâche"},
    {Text::cmd_task_done, "Close a task", "Clore une tâche"},
    {Text::cmd_task_list, "Tasks to do, earliest first", "Tâches à faire, les plus proches d'abord"},
    {Text::cmd_dispute, "Open a dispute: dunning of it stops", "Ouvrir un litige : la relance s'arrête"},
    {Text::cmd_promise, "Note a promise to pay", "Noter une promesse de paiement"},
    {Text::cmd_plan, "Work out a plan, and propose it", "Calculer un échéancier, et le proposer"},
    {Text::cmd_discount, "Propose a discount", "Proposer une remise"},
    {Text::cmd_moratorium, "Propose a moratorium", "Proposer un moratoire"},
    {Text::cmd_proposals, "Your proposals and their decisions", "Vos propositions et leurs décisions"},
    {Text::cmd_escalate, "Ask the office for help on a case", "Alerter le bureau sur un dossier"},
    {Text::cmd_notice, "Tell another service: no notes of calls",
     "Informer un autre service : sans note d'appel"},
    {Text::cmd_request, "Pass on a person's request about his data",
     "Transmettre la demande d'une personne sur ses données"},
    {Text::arg_case, "Number or id of the case", "Numéro ou identifiant du dossier"},
    {Text::arg_outcome,
     "no_answer, voicemail, wrong_number, third_party, reached, promise, dispute, refusal, insolvent, "
     "deceased",
     "no_answer, voicemail, wrong_number, third_party, reached, promise, dispute, refusal, insolvent, "
     "deceased"},
    {Text::arg_check, "Only ask whether and how the debtor may be called now",
     "Demander seulement si et comment appeler maintenant"},
    {Text::arg_reason,
     "Why it was not paid: none, cash_flow, forgotten, invoice_missing, dispute, paid_already, hardship, "
     "other",
     "Pourquoi l'impayé : none, cash_flow, forgotten, invoice_missing, dispute, paid_already, hardship, "
     "other"},
    {Text::arg_spoke_to, "Who was reached", "Personne jointe"},
    {Text::arg_right_party, "The debtor or whoever answers for him was identified",
     "Le débiteur ou son représentant a été identifié"},
    {Text::arg_guardian, "It is the guardian who is called", "C'est le tuteur ou curateur qui est appelé"},
    {Text::arg_inbound, "The debtor called", "C'est le débiteur qui a appelé"},
    {Text::arg_outbound, "We called (to correct an inbound call)",
     "C'est nous qui avons appelé (pour corriger un appel entrant)"},
    {Text::arg_number_called, "The number called; with wrong_number it is marked",
     "Le numéro appelé ; avec wrong_number il est marqué"},
    {Text::arg_note, "A few words; codes come first", "Quelques mots ; les codes d'abord"},
    {Text::arg_keep_note, "Store the note although it was flagged", "Garder la note bien que signalée"},
    {Text::arg_next, "Next step: call_back, follow_up, check_payment, letter, other",
     "Suite : call_back, follow_up, check_payment, letter, other"},
    {Text::arg_on, "On which day, 2026-12-05", "Quel jour, 2026-12-05"},
    {Text::arg_promise, "Amount promised, in euros", "Montant promis, en euros"},
    {Text::arg_by, "By which day, 2026-12-05", "Pour quel jour, 2026-12-05"},
    {Text::arg_means, "transfer, cheque, card, direct_debit, bill_of_exchange, cash",
     "transfer, cheque, card, direct_debit, bill_of_exchange, cash"},
    {Text::arg_amend, "Id of the contact that this one corrects; what is not named stays as it was",
     "Identifiant du contact corrigé ; ce qui n'est pas dit reste inchangé"},
    {Text::arg_why, "Grounds for calling against a rule of the house",
     "Motif d'un appel contraire aux règles de la maison"},
    {Text::arg_answer_by, "Day by which an answer is wanted", "Date de réponse demandée"},
    {Text::arg_channel, "letter or email", "letter ou email"},
    {Text::arg_source, "Where it was found", "Où cela a été trouvé"},
    {Text::arg_reliability, "unverified, probable or certain", "unverified, probable ou certain"},
    {Text::arg_finding, "What was found", "Ce qui a été trouvé"},
    {Text::arg_task_title, "What is to be done", "Ce qui est à faire"},
    {Text::arg_task_kind, "call_back, follow_up, check_payment, letter or other",
     "call_back, follow_up, check_payment, letter ou other"},
    {Text::arg_task_id, "Id of the task", "Identifiant de la tâche"},
    {Text::arg_result, "What came of it", "Ce qui en est résulté"},
    {Text::arg_skip, "It will not be done", "Elle ne sera pas faite"},
    {Text::arg_all_tasks, "Those of later days too", "Aussi celles des jours suivants"},
    {Text::arg_claim, "Piece number of the disputed claim; without it all are disputed",
     "Numéro de la pièce contestée ; sans lui, toutes le sont"},
    {Text::arg_dispute_reason, "goods, price, not_ordered, not_received, already_paid or other",
     "goods, price, not_ordered, not_received, already_paid ou other"},
    {Text::arg_detail, "What the debtor says", "Ce que dit le débiteur"},
    {Text::arg_amount, "Amount in euros", "Montant en euros"},
    {Text::arg_total, "Amount of the plan in euros; else what is asked",
     "Montant de l'échéancier en euros ; sinon ce qui est réclamé"},
    {Text::arg_count, "How many instalments", "Nombre d'échéances"},
    {Text::arg_first, "Day of the first one", "Jour de la première"},
    {Text::arg_step, "weekly, monthly or quarterly", "weekly, monthly ou quarterly"},
    {Text::arg_propose, "Hand it to the office", "Le transmettre au bureau"},
    {Text::arg_whole, "The whole falls due if one is missed", "Tout devient exigible si une échéance manque"},
    {Text::arg_acknowledged, "The debtor acknowledges the debt in writing",
     "Le débiteur reconnaît la dette par écrit"},
    {Text::arg_until, "Last day, 2026-12-05", "Dernier jour, 2026-12-05"},
    {Text::arg_grounds, "Why", "Motifs"},
    {Text::arg_to_manager, "manager or dpo", "manager ou dpo"},
    {Text::arg_to_service, "sales or accounting", "sales ou accounting"},
    {Text::arg_message, "What is told", "Ce qui est transmis"},
    {Text::arg_request_kind, "access, rectify, erase, restrict or object",
     "access, rectify, erase, restrict ou object"},
    {Text::arg_requested_on, "Day of the request; else today", "Jour de la demande ; sinon aujourd'hui"},
    {Text::arg_csv, "As CSV for a spreadsheet", "En CSV pour un tableur"},
    {Text::arg_due_today, "Only what a person has to do by today",
     "Seulement ce qui est à faire aujourd'hui"},
    {Text::arg_promised, "Only those with an open promise", "Seulement ceux qui ont une promesse ouverte"},
    {Text::arg_no_contact, "Only those that nobody contacted for N days",
     "Seulement ceux sans contact depuis N jours"},
    {Text::arg_creditor, "Only this creditor's", "Seulement ceux de ce créancier"},
    {Text::arg_stage, "Only of this stage: pre_due, amicable, formal_notice, litigation, insolvency, closed",
     "Seulement à cette étape : pre_due, amicable, formal_notice, litigation, insolvency, closed"},

    {Text::about,
     "Works on collection cases without a network, and reconciles with the office when there is one.",
     "Travaille sur les dossiers de recouvrement sans réseau, et se réconcilie avec le bureau dès qu'il y en "
     "a un."},
    {Text::examples, "Examples:", "Exemples :"},
    {Text::usage_error, "The command line is not understood: {1} See --help.",
     "La ligne de commande n'est pas comprise : {1} Voir --help."},
    {Text::no_such_command, "There is no command `{1}`; relance --help lists those there are.",
     "Il n'y a pas de commande « {1} » ; relance --help en donne la liste."},
    {Text::opt_home, "Directory of the replica (else RELANCE_HOME, else ~/.relance)",
     "Répertoire de la copie locale (sinon RELANCE_HOME, sinon ~/.relance)"},
    {Text::opt_json, "One JSON document on stdout", "Un document JSON sur la sortie standard"},
    {Text::opt_lang, "Language: fr or en (else the locale's)", "Langue : fr ou en (sinon celle du système)"},
    {Text::opt_passphrase_file, "File that holds the passphrase; a descriptor such as /dev/fd/3 too",
     "Fichier contenant la phrase de passe ; aussi un descripteur comme /dev/fd/3"},
    {Text::opt_plaintext, "Accept a database engine that does not encrypt",
     "Accepter un moteur qui ne chiffre pas"},
    {Text::opt_version, "Show the version", "Afficher la version"},
    {Text::opt_help, "Show this help", "Afficher cette aide"},
    {Text::env_note,
     "The passphrase is asked for on a terminal. RELANCE_PASSPHRASE is read too, for tests only: other "
     "programs of "
     "this account can read a program's environment.",
     "La phrase de passe est demandée au terminal. RELANCE_PASSPHRASE est lue aussi, pour les tests "
     "seulement : les "
     "autres programmes de ce compte peuvent lire l'environnement d'un programme."},
    {Text::cmd_enrol, "Bring this device into the office", "Enrôler ce poste auprès du bureau"},
    {Text::cmd_sync, "Send edits and receive changes", "Envoyer les saisies et recevoir les changements"},
    {Text::cmd_status, "One sentence, then facts; works offline",
     "Une phrase, puis les faits ; fonctionne sans réseau"},
    {Text::cmd_cases, "The worklist, with the reason of each rank",
     "La liste de travail, avec la raison de chaque rang"},
    {Text::cmd_case, "One case, everything on it", "Un dossier, tout ce qui s'y rattache"},
    {Text::cmd_edit, "Change columns of a row, offline", "Modifier des colonnes d'une ligne, hors ligne"},
    {Text::cmd_add, "Add a row, offline; prints its id",
     "Ajouter une ligne, hors ligne ; affiche son identifiant"},
    {Text::cmd_sql, "Read-only query of the replica", "Requête en lecture seule sur la copie"},
    {Text::cmd_outbox, "Edits that wait and what became of the others",
     "Saisies en attente et sort des autres"},
    {Text::cmd_undo, "Take back an edit that was never sent", "Annuler une saisie jamais envoyée"},
    {Text::cmd_amend, "Change an edit that was never sent", "Modifier une saisie jamais envoyée"},
    {Text::cmd_refused, "Edits that the office refused, and why",
     "Saisies refusées par le bureau, et pourquoi"},
    {Text::cmd_resend, "Send a refused edit again", "Renvoyer une saisie refusée"},
    {Text::cmd_refused_amend, "Change a refused edit and send it again",
     "Modifier une saisie refusée et la renvoyer"},
    {Text::cmd_discard, "Give up a refused edit", "Abandonner une saisie refusée"},
    {Text::cmd_conflicts, "Values on which a person has to choose",
     "Valeurs entre lesquelles il faut choisir"},
    {Text::cmd_conflict, "Settle a conflict", "Trancher un conflit"},
    {Text::cmd_resolve, "Choose a value", "Choisir une valeur"},
    {Text::cmd_verify, "Compare the replica with the office, and repair it",
     "Comparer la copie au bureau, et la réparer"},
    {Text::cmd_unlock, "Keep the key in memory for later commands",
     "Garder la clé en mémoire pour les commandes suivantes"},
    {Text::cmd_lock, "Forget the key", "Oublier la clé"},
    {Text::cmd_passphrase, "Change the passphrase", "Changer la phrase de passe"},
    {Text::cmd_recover,
     "The passphrase is forgotten: open the replica under a new one, with a code from the office",
     "Phrase de passe oubliée : rouvrir la copie sous une nouvelle, avec un code du bureau"},
    {Text::cmd_doctor, "What is wrong here, and what to do", "Ce qui ne va pas ici, et que faire"},
    {Text::arg_code, "Enrolment code from the office", "Code d'enrôlement donné par le bureau"},
    {Text::arg_recover_code, "Code of `relance-server device recover`",
     "Code de « relance-server device recover »"},
    {Text::arg_name, "Name of this machine at the office", "Nom de cette machine au bureau"},
    {Text::arg_watch, "Go on until interrupted; with --json one document a line for each sync",
     "Continuer jusqu'à interruption ; avec --json, un document par ligne et par synchronisation"},
    {Text::arg_every, "Time between two syncs of --watch, for example 30s",
     "Temps entre deux synchronisations de --watch, par exemple 30s"},
    {Text::arg_search, "Words in number, names, creditor or pieces; case and accents do not matter",
     "Mots du numéro, des noms, du créancier ou des pièces ; casse et accents indifférents"},
    {Text::arg_limit, "At most so many", "Au plus ce nombre"},
    {Text::arg_number, "Number or id of the case", "Numéro ou identifiant du dossier"},
    {Text::arg_table, "Table", "Table"},
    {Text::arg_id, "Id of the row; for a case also its number",
     "Identifiant de la ligne ; pour un dossier, aussi son numéro"},
    {Text::arg_columns,
     "column=value …; cents as whole numbers, dates as 2026-11-21, nothing behind = empties it",
     "colonne=valeur … ; centimes en nombre entier, dates 2026-11-21, rien après = vide la colonne"},
    {Text::arg_sql, "One SELECT statement", "Une instruction SELECT"},
    {Text::arg_n, "Number of the edit", "Numéro de la saisie"},
    {Text::arg_conflict, "Id of the conflict", "Identifiant du conflit"},
    {Text::arg_take, "current, proposed, the id of a side, or column=value",
     "current, proposed, l'identifiant d'une version, ou colonne=valeur"},
    {Text::arg_idle, "Forget the key after so long without a command, for example 10m",
     "Oublier la clé après ce temps sans commande, par exemple 10m"},
    {Text::arg_new_passphrase_file, "File that holds the new passphrase",
     "Fichier contenant la nouvelle phrase de passe"},
    {Text::label_usage, "Usage", "Usage"},
    {Text::label_options, "Options", "Options"},
    {Text::label_commands, "Commands", "Commandes"},
    {Text::label_arguments, "Arguments", "Arguments"},
};

constexpr bool is_in_order() {
  for (std::size_t i = 0; i < std::size(kTexts); ++i)
    if (static_cast<std::size_t>(kTexts[i].text) != i) return false;
  return std::size(kTexts) == static_cast<std::size_t>(Text::count_);
}
static_assert(is_in_order(), "the catalogue has each text once, in the order of the enum");

constexpr Ms kMinuteMs = 60'000;

}  // namespace

Lang language_from(std::string_view chosen) {
  if (chosen == "fr") return Lang::fr;
  if (chosen == "en") return Lang::en;
  if (!chosen.empty()) throw Failure(Code::usage, "--lang is fr or en.");
  for (const char* name : {"LC_ALL", "LC_MESSAGES", "LANG"}) {
    const char* value = std::getenv(name);
    if (value == nullptr || *value == '\0') continue;
    return std::string_view(value).starts_with("fr") ? Lang::fr : Lang::en;
  }
  return Lang::en;
}

std::string_view text_template(Lang lang, Text text) {
  const Entry& entry = kTexts[static_cast<std::size_t>(text)];
  return lang == Lang::fr ? entry.fr : entry.en;
}

std::string filled(Lang lang, std::string_view form, std::span<const TextArg> args) {
  std::string out;
  while (!form.empty()) {
    const std::size_t open = form.find('{');
    out += form.substr(0, open);
    if (open == std::string_view::npos) break;
    const std::size_t close = form.find('}', open);
    RELANCE_ASSERT(close != std::string_view::npos && close > open + 1);
    const std::string_view place = form.substr(open + 1, close - open - 1);
    const auto index = static_cast<std::size_t>(place.front() - '1');
    RELANCE_ASSERT(index < args.size());
    const std::size_t bar = place.find('|'), second = place.find('|', bar + 1);
    if (bar == std::string_view::npos) {
      out += args[index].text();
    } else {
      const std::int64_t n = args[index].number();
      const bool one = lang == Lang::fr ? n == 0 || n == 1 || n == -1 : n == 1;
      out += one ? place.substr(bar + 1, second - bar - 1) : place.substr(second + 1);
    }
    form.remove_prefix(close + 1);
  }
  return out;
}

std::string phrase(Lang lang, Text text, std::initializer_list<TextArg> args) {
  return filled(lang, text_template(lang, text), {args.begin(), args.size()});
}

std::string moment_text(Lang lang, Ms at, Ms now) {
  if (at <= 0) return phrase(lang, Text::never);
  const Ms minutes = std::max<Ms>(now - at, 0) / kMinuteMs;
  if (minutes < 1) return phrase(lang, Text::just_now);
  if (minutes < 120) return phrase(lang, Text::minutes_ago, {minutes});
  if (minutes < 48 * 60) return phrase(lang, Text::hours_ago, {minutes / 60});
  return phrase(lang, Text::days_ago, {minutes / (24 * 60)});
}

}  // namespace relance
