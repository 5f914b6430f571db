// Failures in French. The layers below throw English sentences with their own particulars in them (an address, two
// clocks); here each is recognised by its form and said again. One that is not here keeps its English words.
#include <array>
#include <optional>
#include <vector>

#include "host/texts.h"

namespace relance {
namespace {

struct CodeText {
  Code code;
  std::string_view fr;
};

constexpr CodeText kCodes[] = {
    {Code::usage, "La commande n'est pas connue de ce programme ; voir --help."},
    {Code::not_found, "Cela n'existe pas ici."},
    {Code::exists, "Cela existe déjà ; rien n'a été modifié."},
    {Code::refused, "Une règle l'interdit."},
    {Code::restricted,
     "Le traitement de ce dossier est limité (RGPD art. 18) : il est conservé, et rien n'y est fait."},
    {Code::bad_file, "Le fichier n'est pas lisible comme ce qu'il devrait être."},
    {Code::bad_request, "La demande n'est pas conforme au protocole."},
    {Code::too_large, "La demande dépasse une limite du protocole."},
    {Code::unauthorised, "Il faut pour cela le certificat d'un poste enrôlé."},
    {Code::forbidden, "Ce n'est pas permis."},
    {Code::code_refused,
     "Le code d'enrôlement est faux, déjà utilisé ou vieux de plus de 15 minutes : demandez-en un autre au "
     "bureau."},
    {Code::suspended,
     "Ce poste est suspendu : ses saisies sont conservées en attente de la décision du bureau."},
    {Code::wiped, "Le bureau a ordonné l'effacement de cette copie."},
    {Code::locked, "La copie est verrouillée."},
    {Code::epoch, "Le serveur a été restauré depuis ; le poste compare d'abord."},
    {Code::resume_unknown, "Le jeton de reprise n'est pas connu."},
    {Code::bootstrap_required, "Le poste est resté absent trop longtemps ; il relit ses dossiers."},
    {Code::busy, "Une autre synchronisation de ce poste est en cours."},
    {Code::overload, "Le serveur est surchargé ; réessayez plus tard."},
    {Code::upgrade_required,
     "Le serveur et ce programme sont de versions trop éloignées ; mettez ce programme "
     "à jour."},
    {Code::unreachable, "Le serveur est injoignable."},
    {Code::certificate, "Le certificat n'a pas été accepté."},
    {Code::login_page, "Autre chose a répondu à la place du serveur, par exemple une page de connexion."},
    {Code::wrong_clock, "L'horloge de cet ordinateur est fausse."},
    {Code::protocol, "La réponse du serveur n'a pas été comprise."},
    {Code::plaintext,
     "Le moteur de base de données présent ne chiffre pas ; installez SQLCipher ou donnez "
     "--allow-plaintext."},
    {Code::wrong_key, "La base de données ne s'ouvre pas avec cette clé."},
    {Code::corrupt, "Des données de ce disque sont endommagées."},
    {Code::disk_full, "Le disque est plein ; rien n'a été modifié."},
    {Code::io, "Le disque ou le système de fichiers a échoué."},
    {Code::constraint, "La base de données a refusé la ligne."},
    {Code::internal, "Un défaut de ce programme a arrêté le travail ; rien n'est resté à moitié fait."},
};

struct ReasonText {
  std::string_view code, en, fr;
};

constexpr ReasonText kReasons[] = {
    {"not_permitted", "this is not yours to write", "vous n'avez pas le droit d'écrire cela"},
    {"not_holder", "the case is not assigned to you", "le dossier ne vous est pas confié"},
    {"late", "it came after the case had moved on; the new holder sees it marked",
     "arrivée après le transfert du dossier ; le nouvel agent la voit marquée"},
    {"restricted",
     "processing of the case is restricted (GDPR art. 18): it is kept, and nothing is done on it",
     "le traitement du dossier est limité (RGPD art. 18) : il est conservé, et rien n'y est fait"},
    {"late_update", "the case had moved on; the new holder decides on it",
     "le dossier avait changé de mains ; le nouvel agent en décide"},
    {"unknown_row", "there is no such row among your cases",
     "aucune ligne de vos dossiers n'a cet identifiant"},
    {"depends_on_refused", "it builds on a refused edit", "elle repose sur une saisie refusée"},
    {"bad_value", "a value is missing or does not fit", "une valeur manque ou ne convient pas"},
    {"id_taken", "a row of this id exists already", "une ligne de cet identifiant existe déjà"},
    {"refused_before", "the office had refused it before it went back to a backup",
     "le bureau l'avait refusée avant de revenir à une sauvegarde"},
    {"conflict_closed", "somebody else has settled the conflict", "quelqu'un d'autre a tranché le conflit"},
    {"too_large", "it is larger than an edit may be (256 KiB, 1,000 operations)",
     "elle dépasse la taille permise (256 Kio, 1 000 opérations)"},
    {"contradicts", "another row has this unique value already",
     "une autre ligne porte déjà cette valeur unique"},
    {"result_missing", "a deadline in law is closed only with what came of it (`result`)",
     "une échéance légale ne se clôt qu'avec son issue (`result`)"},
    {"no_title",
     "costs of collection stay with the creditor while the office has seen no enforceable title (CPCE "
     "L111-8)",
     "les frais de recouvrement restent à la charge du créancier tant que le bureau n'a vu aucun titre "
     "exécutoire "
     "(CPCE L111-8)"},
    {"internal", "a rule failed on it; the office is told",
     "une règle a échoué dessus ; le bureau en est informé"},
};

constexpr ReasonText kFates[] = {
    {"pending", "waits", "en attente"},
    {"sent", "sent, no answer yet", "envoyée, sans réponse"},
    {"applied", "applied", "appliquée"},
    {"merged", "merged", "fusionnée"},
    {"conflict", "conflict", "conflit"},
    {"refused", "refused", "refusée"},
    {"erased", "erased", "effacée"},
    {"quarantined", "kept for the office's decision", "en attente de décision du bureau"},
    {"duplicate", "known already", "déjà connue"},
    {"discarded", "given up", "abandonnée"},
    {"resent", "sent again", "renvoyée"},
};

constexpr Translation kTranslations[] = {
    // client/replica, client/session
    {"A newer program has upgraded this replica; use that one.",
     "Un programme plus récent a mis cette copie à niveau ; utilisez celui-là."},
    {"The office's server is older than this program; your edits are kept here and sent once it has been "
     "upgraded.",
     "Le serveur du bureau est plus ancien que ce programme ; vos saisies sont conservées ici et seront "
     "envoyées après sa mise à niveau."},
    // client/dial, client/https_transport
    {"Cannot reach {1}: the server stopped answering; try again later.",
     "Impossible de joindre {1} : le serveur ne répond plus ; réessayez plus tard."},
    {"Cannot reach {1}: the connection was closed before an answer; the server may be restarting, or the "
     "network is "
     "weak. Try again later.",
     "Impossible de joindre {1} : la connexion a été coupée avant toute réponse ; le serveur redémarre "
     "peut-être, ou "
     "le réseau est faible. Réessayez plus tard."},
    {"The proxy {1} answered with a page of its own ({2}) instead of connecting; open a browser and log in, "
     "or "
     "ask for {3}",
     "Le mandataire {1} a répondu par une page à lui ({2}) au lieu de connecter ; ouvrez un navigateur pour "
     "vous "
     "identifier, ou faites autoriser l'accès."},
    {"What answers at {1} is no HTTP proxy; check HTTPS_PROXY.",
     "Ce qui répond à {1} n'est pas un mandataire HTTP ; vérifiez HTTPS_PROXY."},
    {"HTTPS_PROXY names a kind of proxy that relance does not speak; write http://HOST:PORT.",
     "HTTPS_PROXY désigne un type de mandataire que relance ne connaît pas ; écrivez http://HÔTE:PORT."},
    {"HTTPS_PROXY is not the address of a proxy; write http://HOST:PORT.",
     "HTTPS_PROXY n'est pas l'adresse d'un mandataire ; écrivez http://HÔTE:PORT."},
    {"The server's answer {1}; it is not a relance-server of this version, or something in between changes "
     "answers.",
     "La réponse du serveur n'est pas lisible ; ce n'est pas un relance-server de cette version, ou quelque "
     "chose "
     "modifie les réponses en chemin."},
    {"What answers at {1} has a certificate of this office, but not the server's; tell the office.",
     "Ce qui répond à {1} a un certificat de ce bureau, mais pas celui du serveur ; prévenez le bureau."},
    {"The server at {1} has a certificate that is not from {2}; nothing was sent. Either the address leads "
     "elsewhere, or "
     "something in between (a filter, an antivirus) opens connections.",
     "Le serveur à l'adresse {1} présente un certificat qui ne vient pas de ce bureau ; rien n'a été envoyé. "
     "Soit "
     "l'adresse mène ailleurs, soit quelque chose en chemin (filtre, antivirus) ouvre les connexions."},
    {"What answers at {1} does not speak TLS 1.3 as the office's server does; something else answers in its "
     "place.",
     "Ce qui répond à {1} ne parle pas TLS 1.3 comme le serveur du bureau ; autre chose répond à sa place."},
    {"What answers at {1} speaks plain HTTP; it is not the office's server. On a public or hotel network, "
     "open "
     "a browser "
     "and log in first.",
     "Ce qui répond à {1} parle HTTP en clair ; ce n'est pas le serveur du bureau. Sur un réseau public ou "
     "d'hôtel, "
     "ouvrez d'abord un navigateur pour vous identifier."},
    {"What answers at {1} does not speak TLS; it is not the office's server. On a public or hotel network, "
     "open "
     "a browser "
     "and log in first.",
     "Ce qui répond à {1} ne parle pas TLS ; ce n'est pas le serveur du bureau. Sur un réseau public ou "
     "d'hôtel, "
     "ouvrez d'abord un navigateur pour vous identifier."},
    {"Something in front of the server at {1} answered with a page of its own ({2}); tell the office.",
     "Quelque chose devant le serveur {1} a répondu par une page à lui ({2}) ; prévenez le bureau."},
    {"The server refused this device's certificate: {1}; ask the office for a new enrolment code.",
     "Le serveur a refusé le certificat de ce poste ; demandez au bureau un nouveau code d'enrôlement."},
    {"This device's certificate and key do not belong together; ask the office for a new enrolment code.",
     "Le certificat et la clé de ce poste ne vont pas ensemble ; demandez au bureau un nouveau code "
     "d'enrôlement."},
    {"The server's certificate is not valid at this computer's time, {1}; if that time is right, tell the "
     "office.",
     "Le certificat du serveur n'est pas valable à l'heure de cet ordinateur, {1} ; si cette heure est "
     "juste, "
     "prévenez "
     "le bureau."},
    {"This computer's clock says {1} but the server's says {2}; set this computer's clock and try again.",
     "L'horloge de cet ordinateur indique {1}, celle du serveur {2} ; réglez l'horloge de cet ordinateur et "
     "réessayez."},
    {"The server's certificate has run out although both clocks agree on {1}; tell the office to renew it.",
     "Le certificat du serveur a expiré, bien que les deux horloges s'accordent sur {1} ; demandez au bureau "
     "de le "
     "renouveler."},
    {"Cannot reach {1}: the name could not be looked up just now; this computer is probably not connected to "
     "a "
     "network.",
     "Impossible de joindre {1} : le nom n'a pas pu être recherché ; cet ordinateur n'est sans doute pas "
     "connecté."},
    {"Cannot reach {1}: the name is not known; check the address and the network connection.",
     "Impossible de joindre {1} : le nom n'est pas connu ; vérifiez l'adresse et la connexion au réseau."},
    {"Cannot reach {1}: the proxy does not answer; ask the office's network people.",
     "Impossible de joindre {1} : le mandataire ne répond pas ; voyez avec les responsables du réseau."},
    {"Cannot reach {1}: the proxy cut the connection; ask the office's network people.",
     "Impossible de joindre {1} : le mandataire a coupé la connexion ; voyez avec les responsables du "
     "réseau."},
    {"Cannot reach {1}: the proxy {2} could not reach it ({3}).",
     "Impossible de joindre {1} : le mandataire {2} n'y parvient pas ({3})."},
    {"The enrolment code has a character that no code has, in group {1}; type it again as the office gave "
     "it.",
     "Le code d'enrôlement contient un caractère impossible, dans le groupe {1} ; retapez-le tel que le "
     "bureau "
     "l'a donné."},
    {"This is far too long for an enrolment code; type the code as the office gave it.",
     "C'est bien trop long pour un code d'enrôlement ; tapez le code tel que le bureau l'a donné."},
    {"The enrolment code is not complete; type all of it, as the office gave it.",
     "Le code d'enrôlement n'est pas complet ; tapez-le en entier, tel que le bureau l'a donné."},
    {"The enrolment code is of another version of relance; update this program.",
     "Le code d'enrôlement est d'une autre version de relance ; mettez ce programme à jour."},
    {"The enrolment code names no usable address; ask the office for a new one.",
     "Le code d'enrôlement ne donne aucune adresse utilisable ; demandez-en un autre au bureau."},
    {"Cannot reach {1}: the connection was refused; the server is not running there, or its port is another.",
     "Impossible de joindre {1} : la connexion a été refusée ; le serveur n'y tourne pas, ou son port est un "
     "autre."},
    {"Cannot reach {1}: nobody answered in time; the server is off, or a firewall is in between.",
     "Impossible de joindre {1} : personne n'a répondu à temps ; le serveur est éteint, ou un pare-feu est "
     "en "
     "travers."},
    {"Cannot reach {1}: there is no network that leads there; check the network connection.",
     "Impossible de joindre {1} : aucun réseau n'y mène ; vérifiez la connexion au réseau."},
    {"Cannot reach {1}: the connection was cut while it was made; try again later.",
     "Impossible de joindre {1} : la connexion a été coupée en s'établissant ; réessayez plus tard."},
    {"The enrolment code has a typing error or a part is missing; compare it with what the office gave and "
     "type "
     "it again.",
     "Le code d'enrôlement contient une faute de frappe ou est incomplet ; comparez-le à ce que le bureau a "
     "donné."},
    {"Cannot reach {1}: {2}", "Impossible de joindre {1} ({2})"},
    // client/keys, host/terminal
    {"The key file '{1}' is damaged; restore it from a copy of this directory, or enrol this device anew.",
     "Le fichier de clé « {1} » est endommagé ; reprenez-le d'une copie de ce répertoire, ou enrôlez ce "
     "poste à "
     "nouveau."},
    {"The passphrase is too short: choose at least {1} characters, for example four words.",
     "La phrase de passe est trop courte : choisissez au moins {1} caractères, par exemple quatre mots."},
    {"This passphrase is one of the first that anybody tries: choose another, for example four words of your "
     "own.",
     "Cette phrase de passe est l'une des premières que chacun essaie : choisissez-en une autre, par exemple "
     "quatre mots "
     "à vous."},
    {"There is a key already at '{1}'; it may be the only one to a replica, so nothing was changed.",
     "Il y a déjà une clé dans « {1} » ; c'est peut-être la seule d'une copie, rien n'a donc été modifié."},
    {"The passphrase is not right; try again. If you are sure of it, the key file '{1}' is damaged.",
     "La phrase de passe n'est pas la bonne ; réessayez. Si vous en êtes sûr, le fichier de clé « {1} » est "
     "endommagé."},
    {"A passphrase is needed and there is no terminal to ask on; use --passphrase-file.",
     "Il faut une phrase de passe et il n'y a pas de terminal où la demander ; utilisez --passphrase-file."},
    {"The passphrase was not given.", "La phrase de passe n'a pas été donnée."},
    {"The output could not be written; free space where it is redirected to.",
     "La sortie n'a pas pu être écrite ; libérez de la place là où elle est redirigée."},
    {"The database may only be read here; check owner and rights of its directory.",
     "La base de données n'est accessible ici qu'en lecture ; vérifiez le propriétaire et les droits de son "
     "répertoire."},
    {"The database or a file beside it cannot be opened; check owner and rights of its directory, and the "
     "limit of open files.",
     "La base de données ou un fichier voisin ne peut être ouvert ; vérifiez le propriétaire et les droits "
     "de son "
     "répertoire, et la limite de fichiers ouverts."},
    {"The system gives no more threads to this program; raise its limit and try again.",
     "Le système n'accorde plus de fils d'exécution à ce programme ; relevez sa limite et réessayez."},
    {"There is not enough memory; nothing was half done.",
     "La mémoire ne suffit pas ; rien n'est resté à moitié fait."},
    // client/replica, client/session
    {"This replica is still reading its cases; run `relance sync` until it is complete.",
     "Cette copie lit encore ses dossiers ; lancez « relance sync » jusqu'à ce qu'elle soit complète."},
    {"This machine's clock is behind the last contact with the office: set it right, and run `relance sync` "
     "to unlock "
     "the replica.",
     "L'horloge de cette machine retarde sur le dernier contact avec le bureau : remettez-la à l'heure, et "
     "lancez "
     "« relance sync » pour déverrouiller la copie."},
    {"This replica has been without contact for too long and is locked; run `relance sync` to unlock it.",
     "Cette copie est restée trop longtemps sans contact et est verrouillée ; lancez « relance sync »."},
    {"The office did not take in the unsent edits of this device; they stay here. Try again later.",
     "Le bureau n'a pas pris les saisies non envoyées de ce poste ; elles restent ici. Réessayez plus tard."},
    {"The server does not take in the edits of this device; tell the office.",
     "Le serveur ne prend pas les saisies de ce poste ; prévenez le bureau."},
    {"The server's answer is not one of this protocol; nothing was changed.",
     "La réponse du serveur n'est pas de ce protocole ; rien n'a été modifié."},
    {"The server gave no answer.", "Le serveur n'a pas répondu."},
    {"A staged answer cannot be read; run `relance sync` again.",
     "Une réponse en attente n'est pas lisible ; relancez « relance sync »."},
    // host/files, host/sqlite
    {"Cannot {1} {2}: the disk is full or over quota; free some space and try again.",
     "Le disque est plein ou le quota dépassé pour {2} ; libérez de la place et réessayez."},
    {"Cannot {1} {2}: it does not exist; check the path.", "{2} n'existe pas ; vérifiez le chemin."},
    {"Cannot {1} {2}: not permitted for this account; check owner and rights.",
     "Ce compte n'a pas les droits sur {2} ; vérifiez propriétaire et droits."},
    {"Cannot {1} {2}: the file system is read-only.", "Le système de fichiers de {2} est en lecture seule."},
    {"'{1}' has more than {2} bytes; it is not the file that is expected here.",
     "« {1} » dépasse {2} octets ; ce n'est pas le fichier attendu ici."},
    {"'{1}' is a file where a directory is needed; name another place.",
     "« {1} » est un fichier là où il faut un répertoire ; indiquez un autre endroit."},
    {"Another process holds '{1}'; wait until it is done and try again.",
     "Un autre programme occupe « {1} » ; attendez qu'il ait fini et réessayez."},
    {"There is no database at {1}.", "Il n'y a pas de base de données dans {1}."},
    {"Another process is writing to this database; try again in a moment.",
     "Un autre programme écrit dans cette base de données ; réessayez dans un instant."},
    {"The disk is full; nothing was changed. Free some space and try again.",
     "Le disque est plein ; rien n'a été modifié. Libérez de la place et réessayez."},
    {"The database does not open: the key is wrong, or the file is no database.",
     "La base de données ne s'ouvre pas : la clé est fausse, ou le fichier n'est pas une base de données."},
    // host/value_text, host/enrolment_code
    {"There is no table of that name. The tables are:{1}.",
     "Il n'y a pas de table de ce nom. Les tables sont :{1}."},
    {"Columns are given as column=value. Those of {1} are:{2}.",
     "Les colonnes se donnent sous la forme colonne=valeur. Celles de {1} sont :{2}."},
    {"The table {1} has no such column. Those of {2} are:{3}.",
     "La table {1} n'a pas cette colonne. Celles de {2} sont :{3}."},
    {"The column {1} is given twice.", "La colonne {1} est donnée deux fois."},
    {"The value for {1} is a yes or a no.", "La valeur de {1} est yes ou no (oui ou non)."},
    {"The value for {1} is an instant such as {2}.", "La valeur de {1} est un instant comme {2}."},
    {"The value for {1} is an amount in whole cents, such as 25000 for 250.00.",
     "La valeur de {1} est un montant en centimes entiers, comme 25000 pour 250.00."},
    {"The value for {1} is a whole number.", "La valeur de {1} est un nombre entier."},
    {"The value for {1} is an id such as {2}.", "La valeur de {1} est un identifiant comme {2}."},
    {"The value for {1}. It is one of: {2}.", "La valeur de {1} ne convient pas. C'est l'une de : {2}."},
    {"The value for {1} {2}.", "La valeur de {1} ne convient pas."},
    {"Only one statement is run here: one that reads, and that the database understands.",
     "Une seule instruction est exécutée ici : une lecture, que la base de données comprend."},
};

// The values at the places of a form, if the sentence has that form. Literal parts are matched from the left, the
// last one at the end.
std::optional<std::vector<TextArg>> matched(std::string_view form, std::string_view sentence) {
  std::vector<TextArg> args;
  std::size_t open = form.find('{');
  if (!sentence.starts_with(form.substr(0, open))) return std::nullopt;
  if (open == std::string_view::npos) return sentence == form ? std::optional(args) : std::nullopt;
  sentence.remove_prefix(open);
  while (open != std::string_view::npos) {
    const std::size_t after = form.find('}', open) + 1;
    const std::size_t next = form.find('{', after);
    const std::string_view literal = form.substr(after, next == std::string_view::npos ? next : next - after);
    const std::size_t end = next != std::string_view::npos ? sentence.find(literal)
                            : sentence.ends_with(literal)  ? sentence.size() - literal.size()
                                                           : std::string_view::npos;
    if (end == std::string_view::npos) return std::nullopt;
    args.emplace_back(sentence.substr(0, end));
    sentence.remove_prefix(end + literal.size());
    open = next;
  }
  return args;
}

template <std::size_t N>
const ReasonText* find(const ReasonText (&texts)[N], std::string_view code) {
  for (const ReasonText& text : texts)
    if (text.code == code) return &text;
  return nullptr;
}

}  // namespace

std::string_view code_text_fr(Code code) {
  for (const CodeText& text : kCodes)
    if (text.code == code) return text.fr;
  return {};
}

bool knows_reason(std::string_view reason) { return find(kReasons, reason) != nullptr; }

std::string reason_text(Lang lang, std::string_view reason) {
  const ReasonText* text = find(kReasons, reason);
  return std::string(text == nullptr ? reason : lang == Lang::fr ? text->fr : text->en);
}

std::string fate_text(Lang lang, std::string_view status) {
  const ReasonText* text = find(kFates, status);
  return std::string(text == nullptr ? status : lang == Lang::fr ? text->fr : text->en);
}

std::span<const Translation> failure_translations() { return kTranslations; }

std::string failure_text(Lang lang, const Failure& failure) {
  if (lang == Lang::en) return failure.message();
  if (failure.message() == facts_of(failure.code()).sentence)
    return std::string(code_text_fr(failure.code()));
  for (const Translation& one : kTranslations)
    if (const auto args = matched(one.en, failure.message())) return filled(lang, one.fr, *args);
  return std::string(code_text_fr(failure.code())) + " (" + failure.message() + ")";
}

}  // namespace relance
