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

    {Text::holders_line, "held by {1}", "confié à {1}"},
    {Text::balance_line, "balance {1}", "solde {1}"},
    {Text::asked_line, "asked for {1}", "à réclamer {1}"},
    {Text::credit_line, "credit left {1}", "crédit restant {1}"},
    {Text::reason_line, "{1}, since {2}", "{1}, échéance du {2}"},
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
    {Text::advice_clock, "set this computer's clock", "réglez l'horloge de cet ordinateur"},
    {Text::advice_disk, "free some space", "libérez de la place"},
    {Text::advice_certificate, "run `relance sync` to renew it",
     "lancez « relance sync » pour le renouveler"},
    {Text::advice_lease, "run `relance sync`", "lancez « relance sync »"},
    {Text::advice_enrol, "run `relance enrol CODE`", "lancez « relance enrol CODE »"},
    {Text::advice_chmod, "run: chmod 700 '{1}'", "lancez : chmod 700 « {1} »"},
    {Text::advice_network, "check the network, then the address with the office",
     "vérifiez le réseau, puis l'adresse auprès du bureau"},

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
    {Text::cmd_doctor, "What is wrong here, and what to do", "Ce qui ne va pas ici, et que faire"},
    {Text::arg_code, "Enrolment code from the office", "Code d'enrôlement donné par le bureau"},
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
