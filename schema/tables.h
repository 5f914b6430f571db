// WHAT is stored: every business table and column, declared once. To add a table, declare it here and list
// it in kTables; sync, server and client need nothing else.
//
// Every business row begins with the same four columns (kStamp): its id and who wrote it, when and where.
// Rows that report something that happened on a day carry `late`: the server sets it when the author no
// longer held the case (docs/protocol.md, "Leaving and losing cases").
#pragma once

#include <array>
#include <string_view>

#include "schema/types.h"
#include "schema/version.h"

namespace relance::schema {

inline constexpr Writers kOffice = clerk | office;         // people of the office
inline constexpr Writers kStaff = agent | clerk | office;  // anyone who works on a case

inline constexpr std::array kStamp{
    Column{.name = "id", .type = Type::id, .meaning = "Made by whoever inserts the row; never reused, even after erasure.", .required = true},
    Column{.name = "created_at", .type = Type::instant, .meaning = "When the row was written, by the corrected clock of its author.", .required = true},
    Column{.name = "created_by", .type = Type::id, .meaning = "The member of staff who wrote the row.", .references = "staff", .required = true},
    Column{.name = "device_id", .type = Type::id, .meaning = "The device the row was written on; the office's own commands have one too.", .required = true},
};
inline constexpr std::size_t kStampColumns = kStamp.size();

/// kStamp, then the table's own columns.
template <std::size_t N>
constexpr std::array<Column, N + kStampColumns> stamped(const std::array<Column, N>& own) {
  std::array<Column, N + kStampColumns> all{};
  for (std::size_t i = 0; i < kStampColumns; ++i) all[i] = kStamp[i];
  for (std::size_t i = 0; i < N; ++i) all[kStampColumns + i] = own[i];
  return all;
}

/// Columns, then those that a later version added to them.
template <std::size_t N, std::size_t M>
constexpr std::array<Column, N + M> joined(const std::array<Column, N>& first, const std::array<Column, M>& added) {
  std::array<Column, N + M> all{};
  for (std::size_t i = 0; i < N; ++i) all[i] = first[i];
  for (std::size_t i = 0; i < M; ++i) all[N + i] = added[i];
  return all;
}

/// The same, with `late` at the end: for rows that report what happened.
template <std::size_t N>
constexpr std::array<Column, N + kStampColumns + 1> stamped_fact(const std::array<Column, N>& own) {
  std::array<Column, N + kStampColumns + 1> all{};
  for (std::size_t i = 0; i < kStampColumns; ++i) all[i] = kStamp[i];
  for (std::size_t i = 0; i < N; ++i) all[kStampColumns + i] = own[i];
  all[N + kStampColumns] = Column{.name = "late", .type = Type::flag, .writers = server,
                                  .meaning = "1 when it arrived after its author had lost the case.", .required = true, .initial = "0"};
  return all;
}

// ---- words -------------------------------------------------------------------------------------------------

inline constexpr std::array<std::string_view, 4> kRoleWords{"agent", "clerk", "office", "dpo"};
inline constexpr std::array<std::string_view, 2> kStaffStateWords{"active", "left"};
inline constexpr std::array<std::string_view, 7> kDeviceStateWords{"active", "suspended", "frozen", "rescued", "lost", "wipe_ordered", "wiped"};
inline constexpr std::array<std::string_view, 2> kCapacityWords{"own_name", "agency"};
inline constexpr std::array<std::string_view, 3> kGdprRoleWords{"controller", "processor", "joint"};
inline constexpr std::array<std::string_view, 4> kDebtorKindWords{"unknown", "company", "sole_trader", "individual"};
inline constexpr std::array<std::string_view, 3> kYesNoWords{"unknown", "yes", "no"};
inline constexpr std::array<std::string_view, 5> kDebtorStatusWords{"unknown", "active", "protected", "insolvent", "deceased"};
inline constexpr std::array<std::string_view, 4> kContactTypeWords{"phone", "mobile", "email", "post"};
inline constexpr std::array<std::string_view, 4> kContactStatusWords{"unverified", "valid", "wrong", "refused"};
inline constexpr std::array<std::string_view, 6> kStageWords{"pre_due", "amicable", "formal_notice", "litigation", "insolvency", "closed"};
inline constexpr std::array<std::string_view, 3> kDueOriginWords{"stated", "terms", "assumed"};
inline constexpr std::array<std::string_view, 4> kClaimKindWords{"invoice", "bill", "rent", "other"};
inline constexpr std::array<std::string_view, 3> kClaimStateWords{"open", "settled", "withdrawn"};
inline constexpr std::array<std::string_view, 6> kEntryKindWords{"invoice", "credit_note", "payment", "charge", "interest", "adjustment"};
inline constexpr std::array<std::string_view, 6> kMeansWords{"transfer", "cheque", "card", "direct_debit", "bill_of_exchange", "cash"};
inline constexpr std::array<std::string_view, 3> kPaymentStateWords{"declared", "received", "bounced"};
inline constexpr std::array<std::string_view, 5> kChannelWords{"call", "letter", "email", "sms", "visit"};
inline constexpr std::array<std::string_view, 2> kDirectionWords{"outbound", "inbound"};
inline constexpr std::array<std::string_view, 10> kOutcomeWords{"no_answer", "voicemail", "wrong_number", "third_party", "reached", "promise", "dispute", "refusal", "insolvent", "deceased"};
inline constexpr std::array<std::string_view, 8> kReasonWords{"none", "cash_flow", "forgotten", "invoice_missing", "dispute", "paid_already", "hardship", "other"};
inline constexpr std::array<std::string_view, 5> kPromiseStateWords{"open", "kept", "partly", "broken", "superseded"};
inline constexpr std::array<std::string_view, 3> kStepWords{"weekly", "monthly", "quarterly"};
inline constexpr std::array<std::string_view, 6> kPlanStateWords{"proposed", "approved", "active", "kept", "broken", "cancelled"};
inline constexpr std::array<std::string_view, 8> kProposalKindWords{"plan", "discount", "moratorium", "hold", "escalate", "legal", "close", "identity"};
inline constexpr std::array<std::string_view, 2> kVerdictWords{"approved", "refused"};
inline constexpr std::array<std::string_view, 6> kDisputeReasonWords{"goods", "price", "not_ordered", "not_received", "already_paid", "other"};
inline constexpr std::array<std::string_view, 2> kDisputeStateWords{"closed", "open"};
inline constexpr std::array<std::string_view, 5> kTaskKindWords{"call_back", "follow_up", "check_payment", "letter", "other"};
inline constexpr std::array<std::string_view, 3> kTaskStateWords{"todo", "skipped", "done"};
inline constexpr std::array<std::string_view, 2> kConflictKindWords{"concurrent", "late"};
inline constexpr std::array<std::string_view, 2> kConflictStateWords{"open", "closed"};
inline constexpr std::array<std::string_view, 4> kRateKindWords{"legal_individual", "legal_other", "trade_default", "contract"};
inline constexpr std::array<std::string_view, 12> kLetterKindWords{"pre_due", "reminder_1", "reminder_2", "reminder_3", "agency_notice", "formal_notice", "plan_agreement", "receipt", "refusal", "creditor_notice", "answer", "other"};
inline constexpr std::array<std::string_view, 7> kLetterStateWords{"draft", "proposed", "issued", "sent", "delivered", "returned", "superseded"};
inline constexpr std::array<std::string_view, 6> kTrackingWords{"none", "presented", "received", "unknown_there", "refused", "unclaimed"};
inline constexpr std::array<std::string_view, 7> kDocumentKindWords{"evidence", "letter", "inbound", "proof_of_delivery", "title", "agreement", "other"};
inline constexpr std::array<std::string_view, 6> kLimitationActWords{"acknowledgement", "court_claim", "enforcement", "title", "conciliation", "impossibility"};
inline constexpr std::array<std::string_view, 6> kInsolvencyKindWords{"safeguard", "reorganisation", "liquidation", "over_indebtedness", "personal_recovery", "other"};
inline constexpr std::array<std::string_view, 3> kPartWords{"interest", "charges", "principal"};
inline constexpr std::array<std::string_view, 2> kEscalationKindWords{"escalation", "notice"};
inline constexpr std::array<std::string_view, 4> kToRoleWords{"manager", "sales", "accounting", "dpo"};
inline constexpr std::array<std::string_view, 3> kEscalationStateWords{"raised", "acknowledged", "answered"};
inline constexpr std::array<std::string_view, 3> kReliabilityWords{"unverified", "probable", "certain"};
inline constexpr std::array<std::string_view, 7> kPartyRoleWords{"guardian", "lawyer", "guarantor", "liquidator", "bailiff", "association", "other"};
inline constexpr std::array<std::string_view, 9> kLegalStepWords{"payment_order_request", "payment_order", "service", "opposition", "hearing", "judgment", "small_claim", "enforcement", "other"};
inline constexpr std::array<std::string_view, 3> kMoratoriumSourceWords{"agreement", "judge", "commission"};
inline constexpr std::array<std::string_view, 5> kRetentionClassWords{"case_file", "accounting", "access", "journal", "erased_id"};
inline constexpr std::array<std::string_view, 8> kRetentionEventWords{"closed", "paid", "mandate_end", "time_barred", "title", "wrong_person", "year_end", "written"};
inline constexpr std::array<std::string_view, 2> kRetentionKeepWords{"nothing", "vouchers"};
inline constexpr std::array<std::string_view, 5> kPersonRequestKindWords{"access", "rectify", "erase", "restrict", "object"};
inline constexpr std::array<std::string_view, 4> kPersonRequestStateWords{"open", "weighed", "answered", "refused"};
inline constexpr std::array<std::string_view, 4> kBankLineStateWords{"open", "matched", "ignored", "returned"};

// ---- what the next version adds ------------------------------------------------------------------------------
// Tests build it: a column of a case, one in an existing merge unit, and one of a row that never changes. The shipped
// programs have none of them.

#ifdef RELANCE_NEXT_SCHEMA
inline constexpr std::array kNextOfContactPoint{
    Column{.name = "country", .merge = Merge::latest, .writers = kStaff, .privacy = Privacy::contact, .meaning = "Country of a postal address, as a two-letter code.", .unit = "address", .required = true, .initial = "FR", .text_max = 2, .since = kVersion},
};
inline constexpr std::array kNextOfCaseFile{
    Column{.name = "next_step", .merge = Merge::latest, .writers = kStaff, .privacy = Privacy::free_text, .meaning = "What is to be done next, in a few words.", .since = kVersion},
};
inline constexpr std::array kNextOfContactEvent{
    Column{.name = "callback_wanted", .type = Type::flag, .writers = kStaff, .meaning = "1 when the person asked to be called back.", .required = true, .initial = "0", .since = kVersion},
};
#else
inline constexpr std::array<Column, 0> kNextOfContactPoint{}, kNextOfCaseFile{}, kNextOfContactEvent{};
#endif

// ---- staff and reference -------------------------------------------------------------------------------------

inline constexpr auto kStaffColumns = stamped(std::array{
    Column{.name = "name", .merge = Merge::office, .writers = office, .privacy = Privacy::identity, .meaning = "The name by which commands and screens call this person.", .required = true},
    Column{.name = "role", .type = Type::word, .merge = Merge::office, .writers = office, .meaning = "What the person may do.", .words = kRoleWords, .required = true},
    Column{.name = "state", .type = Type::word, .merge = Merge::office, .writers = office, .meaning = "Whether the person still works here.", .words = kStaffStateWords, .required = true, .initial = "active"},
    Column{.name = "plan_limit_cents", .type = Type::cents, .merge = Merge::office, .writers = office, .meaning = "Largest plan that takes effect without a decision of the office; 0: none.", .required = true, .initial = "0", .since = 2},
    Column{.name = "plan_limit_months", .type = Type::integer, .merge = Merge::office, .writers = office, .meaning = "Longest such plan, in months.", .required = true, .initial = "0", .since = 2},
    Column{.name = "discount_limit_bp", .type = Type::integer, .merge = Merge::office, .writers = office, .meaning = "Largest discount that the person may propose, in basis points of what is asked; 0: none.", .required = true, .initial = "0", .since = 2},
});
inline constexpr std::array kStaffIndexes{Index{.name = "staff_name", .columns = "name", .unique = true}};

inline constexpr auto kDeviceColumns = stamped(std::array{
    Column{.name = "staff_id", .type = Type::id, .writers = office, .meaning = "Whose device it is.", .references = "staff", .required = true},
    Column{.name = "name", .merge = Merge::office, .writers = office, .privacy = Privacy::security, .meaning = "The machine's name, as it gave it at enrolment."},
    Column{.name = "state", .type = Type::word, .merge = Merge::office, .writers = office | server, .meaning = "Whether it is served, quarantined or told to wipe itself.", .words = kDeviceStateWords, .required = true, .initial = "active"},
    Column{.name = "enrolled_at", .type = Type::instant, .writers = office | server, .meaning = "When the certificate was first issued."},
});
inline constexpr std::array kDeviceIndexes{Index{.name = "device_staff", .columns = "staff_id"}};

inline constexpr auto kCreditorColumns = stamped(std::array{
    Column{.name = "name", .merge = Merge::office, .writers = office, .privacy = Privacy::identity, .meaning = "Who the money is owed to.", .required = true},
    Column{.name = "siren", .merge = Merge::office, .writers = office, .meaning = "The nine digits of the company register.", .text_max = 9},
    Column{.name = "address_line", .merge = Merge::office, .writers = office, .privacy = Privacy::contact, .meaning = "Street of the seat.", .unit = "address"},
    Column{.name = "postcode", .merge = Merge::office, .writers = office, .privacy = Privacy::contact, .meaning = "Postcode of the seat.", .unit = "address", .text_max = 16},
    Column{.name = "city", .merge = Merge::office, .writers = office, .privacy = Privacy::contact, .meaning = "Town of the seat.", .unit = "address"},
    Column{.name = "iban_masked", .merge = Merge::office, .writers = office, .privacy = Privacy::financial, .meaning = "Account to pay to, all but the last four characters hidden.", .text_max = 40},
    Column{.name = "terms_days", .type = Type::integer, .merge = Merge::office, .writers = office, .meaning = "Payment terms that an import assumes, in days from the piece's date."},
    Column{.name = "contact", .merge = Merge::office, .writers = office, .privacy = Privacy::contact, .meaning = "Whom to ask at the creditor's."},
});
inline constexpr std::array kCreditorIndexes{Index{.name = "creditor_name", .columns = "name", .unique = true}};

inline constexpr auto kMandateColumns = stamped(std::array{
    Column{.name = "creditor_id", .type = Type::id, .writers = office, .meaning = "The creditor who gave it.", .references = "creditor", .required = true},
    Column{.name = "capacity", .type = Type::word, .merge = Merge::office, .writers = office, .meaning = "In the creditor's own name, or as an agency (CPCE R124-1 and following bind only the agency).", .words = kCapacityWords, .required = true, .initial = "own_name"},
    Column{.name = "gdpr_role", .type = Type::word, .merge = Merge::office, .writers = office, .meaning = "Our part under the GDPR for this creditor.", .words = kGdprRoleWords, .required = true, .initial = "controller"},
    Column{.name = "signed_on", .type = Type::date, .merge = Merge::office, .writers = office, .meaning = "Date of the written agreement (CPCE R124-3)."},
    Column{.name = "valid_from", .type = Type::date, .merge = Merge::office, .writers = office, .meaning = "First day in force."},
    Column{.name = "valid_to", .type = Type::date, .merge = Merge::office, .writers = office, .meaning = "Last day in force; empty while it runs."},
    Column{.name = "power_to_receive", .type = Type::flag, .merge = Merge::office, .writers = office, .meaning = "1 when money may be received for the creditor.", .required = true, .initial = "0"},
    Column{.name = "remittance_days", .type = Type::integer, .merge = Merge::office, .writers = office, .meaning = "Days within which receipts are remitted (CPCE R124-6: one month unless agreed)."},
    Column{.name = "discount_limit_bp", .type = Type::integer, .merge = Merge::office, .writers = office, .meaning = "Largest discount that the creditor allows, in basis points of the principal."},
});
inline constexpr std::array kMandateIndexes{Index{.name = "mandate_creditor", .columns = "creditor_id"}};

// ---- debtor and case -----------------------------------------------------------------------------------------

inline constexpr auto kDebtorColumns = stamped(std::array{
    Column{.name = "kind", .type = Type::word, .merge = Merge::review, .writers = kOffice, .meaning = "What the debtor is; `unknown` until a person says: no interest, no 40 EUR, no letter before.", .words = kDebtorKindWords, .required = true, .initial = "unknown"},
    Column{.name = "b2c", .type = Type::word, .merge = Merge::review, .writers = kOffice, .meaning = "Whether the debt is a consumer's; drives limitation, interest and the 40 EUR.", .words = kYesNoWords, .required = true, .initial = "unknown"},
    Column{.name = "legal_name", .merge = Merge::review, .writers = kStaff, .privacy = Privacy::identity, .meaning = "Name in law."},
    Column{.name = "trade_name", .merge = Merge::review, .writers = kStaff, .privacy = Privacy::identity, .meaning = "Name in trade."},
    Column{.name = "first_name", .merge = Merge::review, .writers = kStaff, .privacy = Privacy::identity, .meaning = "First name of a natural person."},
    Column{.name = "birth_on", .type = Type::date, .merge = Merge::review, .writers = kOffice, .privacy = Privacy::identity, .meaning = "Date of birth, only where the claim needs it."},
    Column{.name = "siren", .merge = Merge::review, .writers = kOffice, .privacy = Privacy::identity, .meaning = "The nine digits of the company register.", .text_max = 9},
    Column{.name = "siret", .merge = Merge::review, .writers = kOffice, .privacy = Privacy::identity, .meaning = "The fourteen digits of the establishment.", .text_max = 14},
    Column{.name = "legal_form", .merge = Merge::review, .writers = kOffice, .privacy = Privacy::identity, .meaning = "Legal form, as the register writes it."},
    Column{.name = "language", .merge = Merge::review, .writers = kStaff, .meaning = "Language to speak and write, as a two-letter code.", .text_max = 8},
    Column{.name = "time_zone", .merge = Merge::latest, .writers = kStaff, .meaning = "Where the debtor's day begins (overseas departments call at other hours).", .text_max = 40},
    Column{.name = "status", .type = Type::word, .merge = Merge::strictest, .writers = kStaff, .privacy = Privacy::identity, .meaning = "What protects the debtor; the stricter value wins.", .words = kDebtorStatusWords, .required = true, .initial = "unknown"},
    Column{.name = "do_not_contact", .type = Type::flag, .merge = Merge::strictest, .writers = kStaff, .meaning = "1 when the debtor must not be contacted.", .required = true, .initial = "0"},
});

inline constexpr auto kContactPointColumns = stamped_fact(joined(std::array{
    Column{.name = "debtor_id", .type = Type::id, .writers = kStaff, .meaning = "Whose it is.", .references = "debtor", .required = true},
    Column{.name = "type", .type = Type::word, .writers = kStaff, .meaning = "How one reaches the debtor by it.", .words = kContactTypeWords, .required = true},
    Column{.name = "value", .merge = Merge::latest, .writers = kStaff, .privacy = Privacy::contact, .meaning = "The number (E.164) or address; for post, the first line.", .unit = "address"},
    Column{.name = "postcode", .merge = Merge::latest, .writers = kStaff, .privacy = Privacy::contact, .meaning = "Postcode of a postal address.", .unit = "address", .text_max = 16},
    Column{.name = "city", .merge = Merge::latest, .writers = kStaff, .privacy = Privacy::contact, .meaning = "Town of a postal address.", .unit = "address"},
    Column{.name = "source", .merge = Merge::latest, .writers = kStaff, .privacy = Privacy::free_text, .meaning = "Where it comes from: a fact without a source is refused."},
    Column{.name = "found_on", .type = Type::date, .merge = Merge::latest, .writers = kStaff, .meaning = "When it was found."},
    Column{.name = "status", .type = Type::word, .merge = Merge::strictest, .writers = kStaff, .meaning = "Whether it works and may be used; a wrong number is marked, never deleted.", .words = kContactStatusWords, .required = true, .initial = "unverified"},
    Column{.name = "preferred", .type = Type::flag, .merge = Merge::latest, .writers = kStaff, .meaning = "1 when the debtor prefers it.", .required = true, .initial = "0"},
}, kNextOfContactPoint));
inline constexpr std::array kContactPointIndexes{Index{.name = "contact_point_debtor", .columns = "debtor_id"}};

inline constexpr auto kCaseFileColumns = stamped(joined(std::array{
    Column{.name = "number", .writers = office, .meaning = "The number that people say, given by the server.", .required = true, .text_max = 32},
    Column{.name = "creditor_id", .type = Type::id, .writers = office, .meaning = "Whose money it is.", .references = "creditor", .required = true},
    Column{.name = "mandate_id", .type = Type::id, .merge = Merge::office, .writers = office, .meaning = "The agreement under which it is collected.", .references = "mandate"},
    Column{.name = "debtor_id", .type = Type::id, .merge = Merge::office, .writers = office, .meaning = "Who owes it.", .references = "debtor", .required = true},
    Column{.name = "ledger_ref", .writers = office, .privacy = Privacy::financial, .meaning = "The debtor's account in the creditor's ledger; with the creditor it names the case at the next import.", .text_max = 64},
    Column{.name = "opened_on", .type = Type::date, .writers = office, .meaning = "Day on which the case was opened."},
    Column{.name = "stage", .type = Type::word, .merge = Merge::state, .writers = kStaff, .meaning = "How far collection has come.", .words = kStageWords, .required = true, .initial = "amicable", .chain = 5},
    Column{.name = "closed_reason", .merge = Merge::office, .writers = kOffice, .meaning = "Why it was closed, as a code.", .text_max = 40},
    Column{.name = "priority", .type = Type::integer, .merge = Merge::latest, .writers = kStaff, .meaning = "0 is ordinary; larger comes first.", .required = true, .initial = "0"},
    Column{.name = "next_action_on", .type = Type::date, .merge = Merge::latest, .writers = kStaff, .meaning = "When somebody looks at it next."},
    Column{.name = "tags", .type = Type::set, .merge = Merge::members, .writers = kStaff, .meaning = "Words that people sort cases by."},
    Column{.name = "restricted", .type = Type::flag, .merge = Merge::strictest, .writers = kOffice | dpo, .meaning = "1 when processing is restricted (GDPR art. 18).", .required = true, .initial = "0"},
    Column{.name = "legal_hold", .type = Type::flag, .merge = Merge::strictest, .writers = kOffice | dpo, .meaning = "1 when nothing of it may be erased.", .required = true, .initial = "0"},
}, kNextOfCaseFile));
inline constexpr std::array kCaseFileIndexes{
    Index{.name = "case_file_number", .columns = "number", .unique = true},
    Index{.name = "case_file_debtor", .columns = "debtor_id"},
    Index{.name = "case_file_ledger", .columns = "creditor_id, ledger_ref"},
};

inline constexpr auto kAssignmentColumns = stamped(std::array{
    Column{.name = "case_id", .type = Type::id, .writers = kOffice, .meaning = "The case.", .references = "case_file", .required = true},
    Column{.name = "staff_id", .type = Type::id, .writers = kOffice, .meaning = "The agent who holds it.", .references = "staff", .required = true},
    Column{.name = "valid_from", .type = Type::date, .writers = kOffice, .meaning = "First day."},
    Column{.name = "valid_to", .type = Type::date, .merge = Merge::office, .writers = kOffice, .meaning = "Last day; empty while the agent holds the case."},
    Column{.name = "reason", .merge = Merge::office, .writers = kOffice, .meaning = "Why it was given or taken, as a code.", .text_max = 40},
    Column{.name = "drop_seq", .type = Type::integer, .writers = server, .meaning = "The feed's counter at which the case left the agent: tells late work from work on a case that was known to be lost.", .served = false},
    Column{.name = "until_on", .type = Type::date, .merge = Merge::office, .writers = kOffice, .meaning = "Last day of a stand-in, agreed when it began; empty for a holder.", .since = 2},
});
inline constexpr std::array kAssignmentIndexes{
    Index{.name = "assignment_case", .columns = "case_id"},
    Index{.name = "assignment_staff", .columns = "staff_id"},
};

// ---- money ---------------------------------------------------------------------------------------------------

inline constexpr auto kClaimColumns = stamped(std::array{
    Column{.name = "case_id", .type = Type::id, .writers = office, .meaning = "The case it is collected in.", .references = "case_file", .required = true},
    Column{.name = "piece_ref", .writers = office, .privacy = Privacy::financial, .meaning = "Number of the invoice or bill.", .text_max = 100},
    Column{.name = "label", .merge = Merge::office, .writers = office, .privacy = Privacy::financial, .meaning = "What it is for, in the ledger's words."},
    Column{.name = "kind", .type = Type::word, .merge = Merge::office, .writers = office, .meaning = "Nature of the claim.", .words = kClaimKindWords, .required = true, .initial = "invoice"},
    Column{.name = "issued_on", .type = Type::date, .merge = Merge::office, .writers = office, .meaning = "Date of the piece."},
    Column{.name = "due_on", .type = Type::date, .merge = Merge::office, .writers = office, .meaning = "Day on which it had to be paid.", .unit = "due"},
    Column{.name = "due_origin", .type = Type::word, .merge = Merge::office, .writers = office, .meaning = "Whether the due date was stated, follows from agreed terms or is assumed (a FEC has none).", .words = kDueOriginWords, .unit = "due"},
    Column{.name = "gross_cents", .type = Type::cents, .merge = Merge::office, .writers = office, .privacy = Privacy::financial, .meaning = "Amount of the piece.", .unit = "amount", .required = true},
    Column{.name = "currency", .merge = Merge::office, .writers = office, .meaning = "ISO 4217 code.", .unit = "amount", .required = true, .initial = "EUR", .text_max = 3},
    Column{.name = "state", .type = Type::word, .merge = Merge::office, .writers = office, .meaning = "Whether the ledger still has it open.", .words = kClaimStateWords, .required = true, .initial = "open"},
    Column{.name = "evidence_ok", .type = Type::flag, .merge = Merge::office, .writers = kOffice, .meaning = "1 when the pieces that prove it are there.", .required = true, .initial = "0"},
    Column{.name = "entry_id", .type = Type::id, .writers = office, .meaning = "The ledger entry it was made from.", .references = "entry"},
    Column{.name = "limitation_start_on", .type = Type::date, .merge = Merge::office, .writers = kOffice, .meaning = "Where limitation runs from another day than the due date: the earlier one where readings differ.", .unit = "limitation", .since = 2},
    Column{.name = "limitation_rule", .merge = Merge::office, .writers = kOffice, .meaning = "Code of the dated rule whose period binds this claim, where it is not the debtor's usual one.", .unit = "limitation", .text_max = 60, .since = 2},
    Column{.name = "indemnity_waived", .type = Type::flag, .merge = Merge::office, .writers = kOffice, .meaning = "1 when the creditor waives the fixed indemnity.", .required = true, .initial = "0", .since = 2},
    Column{.name = "batch_id", .type = Type::id, .writers = office, .meaning = "The import that brought it.", .references = "import_batch", .served = false, .since = 2},
});
inline constexpr std::array kClaimIndexes{Index{.name = "claim_case", .columns = "case_id"}, Index{.name = "claim_entry", .columns = "entry_id"}};

inline constexpr auto kEntryColumns = stamped(std::array{
    Column{.name = "case_id", .type = Type::id, .writers = office, .meaning = "The case whose account it is on.", .references = "case_file", .required = true},
    Column{.name = "kind", .type = Type::word, .merge = Merge::office, .writers = office, .meaning = "Nature of the entry.", .words = kEntryKindWords, .required = true},
    Column{.name = "account", .writers = office, .meaning = "General account, 41x.", .text_max = 32},
    Column{.name = "journal", .writers = office, .meaning = "Journal code.", .text_max = 32},
    Column{.name = "piece_ref", .writers = office, .privacy = Privacy::financial, .meaning = "Number of the piece.", .text_max = 100},
    Column{.name = "label", .writers = office, .privacy = Privacy::financial, .meaning = "Label in the ledger."},
    Column{.name = "booked_on", .type = Type::date, .writers = office, .meaning = "Date of booking."},
    Column{.name = "piece_on", .type = Type::date, .writers = office, .meaning = "Date of the piece."},
    Column{.name = "amount_cents", .type = Type::cents, .writers = office, .privacy = Privacy::financial, .meaning = "Debits above zero, credits below.", .unit = "amount", .required = true},
    Column{.name = "currency", .writers = office, .meaning = "ISO 4217 code.", .unit = "amount", .required = true, .initial = "EUR", .text_max = 3},
    Column{.name = "letter", .merge = Merge::office, .writers = office, .meaning = "Lettering code at the last import.", .unit = "lettering", .text_max = 32},
    Column{.name = "settled", .type = Type::flag, .merge = Merge::office, .writers = office, .meaning = "1 when the lines of its letter sum to zero.", .unit = "lettering", .required = true, .initial = "0"},
    Column{.name = "batch_id", .type = Type::id, .writers = office, .meaning = "The import that brought it.", .references = "import_batch", .served = false},
    Column{.name = "source_key", .type = Type::bytes, .writers = office, .meaning = "Hash of the line's content: the same line again is this entry.", .served = false},
});
inline constexpr std::array kEntryIndexes{Index{.name = "entry_case", .columns = "case_id"}, Index{.name = "entry_source", .columns = "source_key", .unique = true}};

inline constexpr auto kPaymentColumns = stamped_fact(std::array{
    Column{.name = "case_id", .type = Type::id, .writers = kStaff, .meaning = "The case it pays.", .references = "case_file", .required = true},
    Column{.name = "amount_cents", .type = Type::cents, .writers = kStaff, .privacy = Privacy::financial, .meaning = "Amount.", .unit = "amount", .required = true},
    Column{.name = "currency", .writers = kStaff, .meaning = "ISO 4217 code.", .unit = "amount", .required = true, .initial = "EUR", .text_max = 3},
    Column{.name = "paid_on", .type = Type::date, .writers = kStaff, .meaning = "Value date, or the day the debtor named."},
    Column{.name = "means", .type = Type::word, .writers = kStaff, .meaning = "How it was paid.", .words = kMeansWords},
    Column{.name = "state", .type = Type::word, .writers = kOffice, .meaning = "Declared by a debtor, or received by the office: only received money moves the balance.", .words = kPaymentStateWords, .required = true, .initial = "declared"},
    Column{.name = "bank_ref", .writers = office, .privacy = Privacy::financial, .meaning = "The bank's reference; the same one twice is one payment.", .text_max = 100},
    Column{.name = "payer", .writers = kStaff, .privacy = Privacy::identity, .meaning = "Who paid, where it was not the debtor."},
    Column{.name = "amends_id", .type = Type::id, .writers = kStaff, .meaning = "The payment that this one corrects.", .references = "payment"},
    Column{.name = "debtor_says", .writers = kStaff, .privacy = Privacy::free_text, .meaning = "Which piece the debtor pays by it, in his words (C. civ. 1342-10: his choice comes first).", .since = 2},
    Column{.name = "remittance_id", .type = Type::id, .merge = Merge::office, .writers = office, .meaning = "The remittance in which the creditor was paid it.", .references = "remittance", .served = false, .since = 2},
});
inline constexpr std::array kPaymentIndexes{Index{.name = "payment_case", .columns = "case_id"}};

// ---- work ----------------------------------------------------------------------------------------------------

inline constexpr auto kContactEventColumns = stamped_fact(joined(std::array{
    Column{.name = "case_id", .type = Type::id, .writers = kStaff, .meaning = "The case it was about.", .references = "case_file", .required = true},
    Column{.name = "happened_at", .type = Type::instant, .writers = kStaff, .meaning = "When it happened, as its author says."},
    Column{.name = "channel", .type = Type::word, .writers = kStaff, .meaning = "By what means.", .words = kChannelWords, .required = true, .initial = "call"},
    Column{.name = "direction", .type = Type::word, .writers = kStaff, .meaning = "Who began.", .words = kDirectionWords, .required = true, .initial = "outbound"},
    Column{.name = "outcome", .type = Type::word, .writers = kStaff, .meaning = "What came of it.", .words = kOutcomeWords, .required = true},
    Column{.name = "reason", .type = Type::word, .writers = kStaff, .meaning = "Why the debt was not paid, as the debtor says.", .words = kReasonWords},
    Column{.name = "spoke_to", .writers = kStaff, .privacy = Privacy::identity, .meaning = "The person reached."},
    Column{.name = "duration_s", .type = Type::integer, .writers = kStaff, .meaning = "Length in seconds."},
    Column{.name = "note", .writers = kStaff, .privacy = Privacy::free_text, .meaning = "What was said; at most 500 characters, codes come first.", .text_max = 2000},
    Column{.name = "amends_id", .type = Type::id, .writers = kStaff, .meaning = "The contact that this one corrects.", .references = "contact_event"},
    Column{.name = "letter_recalled", .writers = kStaff, .meaning = "Reference of the statutory letter that was recalled on the call (CPCE R124-4).", .text_max = 60, .since = 2},
}, kNextOfContactEvent));
inline constexpr std::array kContactEventIndexes{Index{.name = "contact_event_case", .columns = "case_id"}};

inline constexpr auto kPromiseColumns = stamped_fact(std::array{
    Column{.name = "case_id", .type = Type::id, .writers = kStaff, .meaning = "The case.", .references = "case_file", .required = true},
    Column{.name = "amount_cents", .type = Type::cents, .writers = kStaff, .privacy = Privacy::financial, .meaning = "What was promised.", .unit = "amount", .required = true},
    Column{.name = "currency", .writers = kStaff, .meaning = "ISO 4217 code.", .unit = "amount", .required = true, .initial = "EUR", .text_max = 3},
    Column{.name = "due_on", .type = Type::date, .writers = kStaff, .meaning = "The day named by the debtor.", .required = true},
    Column{.name = "means", .type = Type::word, .writers = kStaff, .meaning = "How it will be paid.", .words = kMeansWords},
    Column{.name = "promised_by", .writers = kStaff, .privacy = Privacy::identity, .meaning = "Who promised."},
    Column{.name = "state", .type = Type::word, .merge = Merge::office, .writers = kOffice | server, .meaning = "Kept or not, computed from what was received.", .words = kPromiseStateWords, .required = true, .initial = "open"},
    Column{.name = "amends_id", .type = Type::id, .writers = kStaff, .meaning = "The promise that this one corrects or replaces.", .references = "promise"},
});
inline constexpr std::array kPromiseIndexes{Index{.name = "promise_case", .columns = "case_id"}};

inline constexpr auto kPaymentPlanColumns = stamped_fact(std::array{
    Column{.name = "case_id", .type = Type::id, .writers = kStaff, .meaning = "The case.", .references = "case_file", .required = true},
    Column{.name = "version", .type = Type::integer, .writers = kStaff, .meaning = "1 for the first plan of the case; a re-plan is a new row.", .required = true, .initial = "1"},
    Column{.name = "total_cents", .type = Type::cents, .merge = Merge::review, .writers = kStaff, .privacy = Privacy::financial, .meaning = "Sum of the instalments, to the cent.", .unit = "terms", .required = true},
    Column{.name = "currency", .merge = Merge::review, .writers = kStaff, .meaning = "ISO 4217 code.", .unit = "terms", .required = true, .initial = "EUR", .text_max = 3},
    Column{.name = "instalments", .type = Type::integer, .merge = Merge::review, .writers = kStaff, .meaning = "How many.", .unit = "terms"},
    Column{.name = "first_on", .type = Type::date, .merge = Merge::review, .writers = kStaff, .meaning = "Day of the first instalment.", .unit = "terms"},
    Column{.name = "step", .type = Type::word, .merge = Merge::review, .writers = kStaff, .meaning = "Time between two instalments.", .words = kStepWords, .unit = "terms"},
    Column{.name = "whole_if_missed", .type = Type::flag, .merge = Merge::review, .writers = kStaff, .meaning = "1 when the whole falls due if one is missed.", .required = true, .initial = "0"},
    Column{.name = "debt_acknowledged", .type = Type::flag, .merge = Merge::review, .writers = kStaff, .meaning = "1 when the debtor acknowledges the debt in writing (C. civ. 2240: limitation starts anew).", .required = true, .initial = "0"},
    Column{.name = "state", .type = Type::word, .merge = Merge::state, .writers = kOffice, .meaning = "Where the plan stands; agents propose, the office approves.", .words = kPlanStateWords, .required = true, .initial = "proposed", .chain = 3},
});
inline constexpr std::array kPaymentPlanIndexes{Index{.name = "payment_plan_case", .columns = "case_id"}};

inline constexpr auto kInstalmentColumns = stamped_fact(std::array{
    Column{.name = "case_id", .type = Type::id, .writers = kStaff, .meaning = "The case.", .references = "case_file", .required = true},
    Column{.name = "plan_id", .type = Type::id, .writers = kStaff, .meaning = "The plan.", .references = "payment_plan", .required = true},
    Column{.name = "position", .type = Type::integer, .writers = kStaff, .meaning = "1 for the first.", .required = true},
    Column{.name = "due_on", .type = Type::date, .merge = Merge::review, .writers = kStaff, .meaning = "Day on which it is due.", .unit = "terms", .required = true},
    Column{.name = "amount_cents", .type = Type::cents, .merge = Merge::review, .writers = kStaff, .privacy = Privacy::financial, .meaning = "Amount; the last one takes the remainder.", .unit = "terms", .required = true},
});
inline constexpr std::array kInstalmentIndexes{Index{.name = "instalment_case", .columns = "case_id"}};

inline constexpr auto kProposalColumns = stamped_fact(std::array{
    Column{.name = "case_id", .type = Type::id, .writers = kStaff, .meaning = "The case.", .references = "case_file", .required = true},
    Column{.name = "kind", .type = Type::word, .writers = kStaff, .meaning = "What is proposed.", .words = kProposalKindWords, .required = true},
    Column{.name = "plan_id", .type = Type::id, .writers = kStaff, .meaning = "The plan, where a plan is proposed.", .references = "payment_plan"},
    Column{.name = "amount_cents", .type = Type::cents, .writers = kStaff, .privacy = Privacy::financial, .meaning = "Amount given up or deferred."},
    Column{.name = "until_on", .type = Type::date, .writers = kStaff, .meaning = "How long it holds."},
    Column{.name = "balance_cents", .type = Type::cents, .writers = kStaff, .privacy = Privacy::financial, .meaning = "The balance that its author saw."},
    Column{.name = "grounds", .writers = kStaff, .privacy = Privacy::free_text, .meaning = "Why, in the author's words.", .text_max = 2000},
});
inline constexpr std::array kProposalIndexes{Index{.name = "proposal_case", .columns = "case_id"}};

inline constexpr auto kDecisionColumns = stamped(std::array{
    Column{.name = "case_id", .type = Type::id, .writers = kOffice, .meaning = "The case.", .references = "case_file", .required = true},
    Column{.name = "proposal_id", .type = Type::id, .writers = kOffice, .meaning = "What it decides on.", .references = "proposal", .required = true},
    Column{.name = "verdict", .type = Type::word, .writers = kOffice, .meaning = "The decision.", .words = kVerdictWords, .required = true},
    Column{.name = "law_ok", .type = Type::flag, .writers = kOffice, .meaning = "1 when it stands in law.", .required = true, .initial = "0"},
    Column{.name = "expediency_ok", .type = Type::flag, .writers = kOffice, .meaning = "1 when it is expedient.", .required = true, .initial = "0"},
    Column{.name = "comment", .writers = kOffice, .privacy = Privacy::free_text, .meaning = "Why; mandatory on refusal.", .text_max = 2000},
});
inline constexpr std::array kDecisionIndexes{Index{.name = "decision_case", .columns = "case_id"}};

inline constexpr auto kDisputeColumns = stamped_fact(std::array{
    Column{.name = "case_id", .type = Type::id, .writers = kStaff, .meaning = "The case.", .references = "case_file", .required = true},
    Column{.name = "claim_id", .type = Type::id, .writers = kStaff, .meaning = "The disputed claim; empty when all are.", .references = "claim"},
    Column{.name = "reason", .type = Type::word, .writers = kStaff, .meaning = "Why it is disputed.", .words = kDisputeReasonWords, .required = true},
    Column{.name = "detail", .writers = kStaff, .privacy = Privacy::free_text, .meaning = "What the debtor says.", .text_max = 2000},
    Column{.name = "opened_on", .type = Type::date, .writers = kStaff, .meaning = "Day on which it was raised."},
    Column{.name = "state", .type = Type::word, .merge = Merge::strictest, .writers = kOffice, .meaning = "Open beats closed when both were written at once.", .words = kDisputeStateWords, .required = true, .initial = "open"},
    Column{.name = "resolution", .merge = Merge::office, .writers = kOffice, .privacy = Privacy::free_text, .meaning = "How it ended.", .text_max = 2000},
    Column{.name = "closed_on", .type = Type::date, .merge = Merge::office, .writers = kOffice, .meaning = "Day on which it ended."},
});
inline constexpr std::array kDisputeIndexes{Index{.name = "dispute_case", .columns = "case_id"}};

inline constexpr auto kTaskColumns = stamped_fact(std::array{
    Column{.name = "case_id", .type = Type::id, .writers = kStaff, .meaning = "The case.", .references = "case_file", .required = true},
    Column{.name = "kind", .type = Type::word, .writers = kStaff, .meaning = "What is to be done.", .words = kTaskKindWords, .required = true, .initial = "follow_up"},
    Column{.name = "title", .merge = Merge::latest, .writers = kStaff, .privacy = Privacy::free_text, .meaning = "In a few words."},
    Column{.name = "due_on", .type = Type::date, .merge = Merge::latest, .writers = kStaff, .meaning = "By when."},
    Column{.name = "assignee_id", .type = Type::id, .merge = Merge::latest, .writers = kStaff, .meaning = "Who does it.", .references = "staff"},
    Column{.name = "state", .type = Type::word, .merge = Merge::state, .writers = kStaff, .meaning = "Done beats skipped beats to do.", .words = kTaskStateWords, .required = true, .initial = "todo", .chain = 3},
    Column{.name = "legal", .type = Type::flag, .writers = kOffice, .meaning = "1 when it is a deadline in law: only closed with a result.", .required = true, .initial = "0"},
    Column{.name = "result", .merge = Merge::latest, .writers = kStaff, .privacy = Privacy::free_text, .meaning = "What came of it."},
    Column{.name = "withdrawn", .type = Type::flag, .merge = Merge::latest, .writers = kStaff, .meaning = "1 when it was taken back; nobody deletes.", .required = true, .initial = "0"},
});
inline constexpr std::array kTaskIndexes{Index{.name = "task_case", .columns = "case_id"}};

// ---- what met ------------------------------------------------------------------------------------------------

inline constexpr auto kConflictColumns = stamped(std::array{
    Column{.name = "case_id", .type = Type::id, .writers = server, .meaning = "The case of the row; empty for a debtor of several.", .references = "case_file"},
    Column{.name = "debtor_id", .type = Type::id, .writers = server, .meaning = "The debtor of the row, where the row is reached by it.", .references = "debtor"},
    Column{.name = "kind", .type = Type::word, .writers = server, .meaning = "Two edits that met, or an edit that came after its author had lost the case.", .words = kConflictKindWords, .required = true},
    Column{.name = "table_name", .writers = server, .meaning = "Table of the row.", .required = true},
    Column{.name = "row_id", .type = Type::id, .writers = server, .meaning = "The row.", .required = true},
    Column{.name = "unit", .writers = server, .meaning = "The merge unit.", .required = true},
    Column{.name = "state", .type = Type::word, .merge = Merge::office, .writers = kStaff | server, .meaning = "Open until a person has chosen.", .words = kConflictStateWords, .required = true, .initial = "open"},
    Column{.name = "resolution", .merge = Merge::office, .writers = kStaff | server, .meaning = "What was chosen: current, proposed or other.", .text_max = 16},
    Column{.name = "resolved_by", .type = Type::id, .merge = Merge::office, .writers = server, .meaning = "Who chose.", .references = "staff"},
    Column{.name = "resolved_at", .type = Type::instant, .merge = Merge::office, .writers = server, .meaning = "When."},
});
inline constexpr std::array kConflictIndexes{
    Index{.name = "conflict_row", .columns = "row_id, unit"},
    Index{.name = "conflict_case", .columns = "case_id"},
    Index{.name = "conflict_debtor", .columns = "debtor_id"},
};

inline constexpr auto kConflictSideColumns = stamped(std::array{
    Column{.name = "conflict_id", .type = Type::id, .writers = server, .meaning = "The conflict.", .references = "conflict", .required = true},
    Column{.name = "case_id", .type = Type::id, .writers = server, .meaning = "As in the conflict.", .references = "case_file"},
    Column{.name = "debtor_id", .type = Type::id, .writers = server, .meaning = "As in the conflict.", .references = "debtor"},
    Column{.name = "side", .writers = server, .meaning = "current (what the row held) or proposed.", .required = true, .text_max = 16},
    Column{.name = "content", .merge = Merge::office, .writers = server, .privacy = Privacy::free_text, .meaning = "The unit's columns and values, as JSON.", .required = true, .text_max = 300000},
    Column{.name = "author_id", .type = Type::id, .merge = Merge::office, .writers = server, .meaning = "Who wrote this value.", .references = "staff"},
    Column{.name = "edited_at", .type = Type::instant, .merge = Merge::office, .writers = server, .meaning = "When, by the author's corrected clock."},
    Column{.name = "author_device_id", .type = Type::id, .writers = server, .meaning = "On which device."},
});
inline constexpr std::array kConflictSideIndexes{
    Index{.name = "conflict_side_conflict", .columns = "conflict_id"},
    Index{.name = "conflict_side_case", .columns = "case_id"},
    Index{.name = "conflict_side_debtor", .columns = "debtor_id"},
};

// ---- law, policy and texts (since version 2) -------------------------------------------------------------------

inline constexpr auto kRateColumns = stamped(std::array{
    Column{.name = "kind", .type = Type::word, .writers = office, .meaning = "Which rate.", .words = kRateKindWords, .required = true},
    Column{.name = "creditor_id", .type = Type::id, .writers = office, .meaning = "Whose terms, of a contract rate.", .references = "creditor"},
    Column{.name = "valid_from", .type = Type::date, .writers = office, .meaning = "First day.", .required = true},
    Column{.name = "valid_to", .type = Type::date, .merge = Merge::office, .writers = office, .meaning = "Last day: nothing is computed beyond it.", .required = true},
    Column{.name = "basis_points", .type = Type::integer, .writers = office, .meaning = "Hundredths of a per cent a year.", .required = true},
    Column{.name = "source", .writers = office, .meaning = "The text or notice that states it."},
    Column{.name = "verified", .type = Type::flag, .merge = Merge::office, .writers = office, .meaning = "1 when a person of the office has read the source.", .required = true, .initial = "0"},
});

inline constexpr auto kDatedRuleColumns = stamped(std::array{
    Column{.name = "code", .writers = office, .meaning = "What it sets, as a code: limitation_trade_months, promise_grace_days ...", .required = true, .text_max = 60},
    Column{.name = "valid_from", .type = Type::date, .writers = office, .meaning = "First day; it holds until the next row of its code.", .required = true},
    Column{.name = "amount", .type = Type::integer, .writers = office, .meaning = "The figure, in the unit that its code names.", .required = true},
    Column{.name = "legal_basis", .writers = office, .meaning = "Article, or `policy` where it is the house's own choice."},
});

inline constexpr auto kLetterTemplateColumns = stamped(std::array{
    Column{.name = "kind", .type = Type::word, .writers = office, .meaning = "Which letter.", .words = kLetterKindWords, .required = true},
    Column{.name = "version", .type = Type::integer, .writers = office, .meaning = "1, 2 ...: a version never changes, a new text is a new version.", .required = true},
    Column{.name = "language", .writers = office, .meaning = "Two-letter code.", .required = true, .initial = "fr", .text_max = 8},
    Column{.name = "creditor_id", .type = Type::id, .writers = office, .meaning = "Only for this creditor; empty for all.", .references = "creditor"},
    Column{.name = "valid_from", .type = Type::date, .writers = office, .meaning = "First day on which it is used.", .required = true},
    Column{.name = "valid_to", .type = Type::date, .merge = Merge::office, .writers = office, .meaning = "Last day; empty while it is used."},
    Column{.name = "title", .writers = office, .meaning = "Subject line.", .required = true},
    Column{.name = "body", .writers = office, .meaning = "Text with {fields}.", .required = true, .text_max = 20000},
});

inline constexpr auto kSenderColumns = stamped(std::array{
    Column{.name = "name", .merge = Merge::office, .writers = office, .meaning = "Name on letters.", .required = true},
    Column{.name = "address_line", .merge = Merge::office, .writers = office, .meaning = "Street of the seat.", .unit = "address"},
    Column{.name = "postcode", .merge = Merge::office, .writers = office, .meaning = "Postcode of the seat.", .unit = "address", .text_max = 16},
    Column{.name = "city", .merge = Merge::office, .writers = office, .meaning = "Town of the seat.", .unit = "address"},
    Column{.name = "siren", .merge = Merge::office, .writers = office, .meaning = "The nine digits of the company register.", .text_max = 9},
    Column{.name = "phone", .merge = Merge::office, .writers = office, .meaning = "Number that debtors may call.", .text_max = 40},
    Column{.name = "email", .merge = Merge::office, .writers = office, .meaning = "Address that debtors may write to."},
    Column{.name = "pay_to", .merge = Merge::office, .writers = office, .meaning = "How to pay: the account in full, as letters print it."},
    Column{.name = "insurance_ref", .merge = Merge::office, .writers = office, .meaning = "Liability insurance (CPCE R124-2)."},
    Column{.name = "account_ref", .merge = Merge::office, .writers = office, .meaning = "The bank account used only for creditors' funds (CPCE R124-2)."},
    Column{.name = "declared_on", .type = Type::date, .merge = Merge::office, .writers = office, .meaning = "Day of the declaration to the public prosecutor (CPCE R124-2)."},
    Column{.name = "privacy_contact", .merge = Merge::office, .writers = office, .meaning = "Whom to ask about one's data, as letters print it (GDPR art. 14)."},
});

inline constexpr auto kTargetColumns = stamped(std::array{
    Column{.name = "staff_id", .type = Type::id, .writers = kOffice, .meaning = "Whose.", .references = "staff", .required = true},
    Column{.name = "month_on", .type = Type::date, .writers = kOffice, .meaning = "First day of the month.", .required = true},
    Column{.name = "contacts", .type = Type::integer, .merge = Merge::office, .writers = kOffice, .meaning = "People to reach.", .required = true, .initial = "0"},
    Column{.name = "promises", .type = Type::integer, .merge = Merge::office, .writers = kOffice, .meaning = "Promises to take.", .required = true, .initial = "0"},
    Column{.name = "cash_cents", .type = Type::cents, .merge = Merge::office, .writers = kOffice, .meaning = "Money to be received.", .required = true, .initial = "0"},
});

// ---- letters and documents (since version 2) -------------------------------------------------------------------

inline constexpr auto kLetterColumns = stamped_fact(std::array{
    Column{.name = "case_id", .type = Type::id, .writers = kStaff, .meaning = "The case.", .references = "case_file", .required = true},
    Column{.name = "kind", .type = Type::word, .writers = kStaff, .meaning = "Which letter.", .words = kLetterKindWords, .required = true},
    Column{.name = "template_id", .type = Type::id, .writers = kStaff, .meaning = "The version of the text.", .references = "letter_template"},
    Column{.name = "subject_id", .type = Type::id, .writers = kStaff, .meaning = "The row that it is about, where there is one: the payment of a receipt, the plan of an agreement."},
    Column{.name = "passage", .merge = Merge::latest, .writers = kStaff, .privacy = Privacy::free_text, .meaning = "Own words in the place that the template leaves for them.", .text_max = 2000},
    Column{.name = "state", .type = Type::word, .merge = Merge::state, .writers = kOffice, .meaning = "How far it has come; an agent drafts, the office issues.", .words = kLetterStateWords, .required = true, .initial = "draft", .chain = 4},
    Column{.name = "number", .merge = Merge::office, .writers = kOffice, .meaning = "Its number, given at issue; receipts count without a gap.", .unit = "issue", .text_max = 40},
    Column{.name = "issued_on", .type = Type::date, .merge = Merge::office, .writers = kOffice, .meaning = "Day of issue: the text is frozen.", .unit = "issue"},
    Column{.name = "file_hash", .merge = Merge::office, .writers = kOffice, .meaning = "SHA-256 of the stored PDF, in hex.", .unit = "issue", .text_max = 64},
    Column{.name = "asked_cents", .type = Type::cents, .merge = Merge::office, .writers = kOffice, .privacy = Privacy::financial, .meaning = "What it asks for.", .unit = "issue"},
    Column{.name = "sent_on", .type = Type::date, .merge = Merge::office, .writers = kOffice, .meaning = "Day of posting."},
    Column{.name = "registered_no", .merge = Merge::office, .writers = kOffice, .meaning = "Number of the registered letter.", .text_max = 40},
    Column{.name = "tracking", .type = Type::word, .merge = Merge::office, .writers = kOffice, .meaning = "What the post says of it.", .words = kTrackingWords, .unit = "tracked", .required = true, .initial = "none"},
    Column{.name = "tracked_on", .type = Type::date, .merge = Merge::office, .writers = kOffice, .meaning = "When it said so.", .unit = "tracked"},
});
inline constexpr std::array kLetterIndexes{Index{.name = "letter_case", .columns = "case_id"}, Index{.name = "letter_number", .columns = "number", .unique = true}};

inline constexpr auto kDocumentColumns = stamped_fact(std::array{
    Column{.name = "case_id", .type = Type::id, .writers = kStaff, .meaning = "The case.", .references = "case_file", .required = true},
    Column{.name = "claim_id", .type = Type::id, .writers = kStaff, .meaning = "The claim that it proves, where it is one.", .references = "claim"},
    Column{.name = "kind", .type = Type::word, .writers = kStaff, .meaning = "What it is.", .words = kDocumentKindWords, .required = true, .initial = "other"},
    Column{.name = "name", .merge = Merge::latest, .writers = kStaff, .privacy = Privacy::free_text, .meaning = "Title in lists.", .required = true},
    Column{.name = "media_type", .writers = kStaff, .meaning = "For example application/pdf.", .text_max = 80},
    Column{.name = "size_bytes", .type = Type::integer, .writers = kStaff, .meaning = "Size of the file."},
    Column{.name = "file_hash", .writers = kStaff, .meaning = "SHA-256 of the stored file, in hex; empty while it is only known of.", .text_max = 64},
    Column{.name = "received_on", .type = Type::date, .writers = kStaff, .meaning = "When it came."},
});
inline constexpr std::array kDocumentIndexes{Index{.name = "document_case", .columns = "case_id"}};

// ---- law on a case (since version 2) ---------------------------------------------------------------------------

inline constexpr auto kLimitationEventColumns = stamped_fact(std::array{
    Column{.name = "case_id", .type = Type::id, .writers = kStaff, .meaning = "The case.", .references = "case_file", .required = true},
    Column{.name = "claim_id", .type = Type::id, .writers = kStaff, .meaning = "The claim; empty when it touches all.", .references = "claim"},
    Column{.name = "act", .type = Type::word, .writers = kStaff, .meaning = "What interrupts or suspends; a reminder or formal notice is not among them.", .words = kLimitationActWords, .required = true},
    Column{.name = "happened_on", .type = Type::date, .writers = kStaff, .meaning = "Day of the act.", .required = true},
    Column{.name = "until_on", .type = Type::date, .merge = Merge::office, .writers = kOffice, .meaning = "Last day of what lasts; empty while it lasts."},
    Column{.name = "document_id", .type = Type::id, .writers = kStaff, .meaning = "What proves it.", .references = "document"},
    Column{.name = "verified", .type = Type::flag, .merge = Merge::office, .writers = kOffice, .meaning = "1 when the office has seen the proof: before, it does not lengthen the clock.", .required = true, .initial = "0"},
    Column{.name = "undone", .type = Type::flag, .merge = Merge::office, .writers = kOffice, .meaning = "1 when it counts as never done (C. civ. 2243).", .required = true, .initial = "0"},
});
inline constexpr std::array kLimitationEventIndexes{Index{.name = "limitation_event_case", .columns = "case_id"}};

inline constexpr auto kInsolvencyEventColumns = stamped_fact(std::array{
    Column{.name = "debtor_id", .type = Type::id, .writers = kStaff, .meaning = "Whose.", .references = "debtor", .required = true},
    Column{.name = "kind", .type = Type::word, .writers = kStaff, .privacy = Privacy::identity, .meaning = "Which proceedings.", .words = kInsolvencyKindWords, .required = true},
    Column{.name = "judged_on", .type = Type::date, .writers = kStaff, .meaning = "Day of the judgment or of admissibility."},
    Column{.name = "published_on", .type = Type::date, .writers = kStaff, .meaning = "Day of publication (BODACC)."},
    Column{.name = "notice_ref", .writers = kStaff, .meaning = "Number of the publication: the same one twice is one event.", .text_max = 60},
    Column{.name = "court", .writers = kStaff, .meaning = "The court or commission."},
    Column{.name = "officer", .merge = Merge::latest, .writers = kStaff, .privacy = Privacy::identity, .meaning = "Representative of the creditors, or liquidator."},
    Column{.name = "declare_by_on", .type = Type::date, .merge = Merge::office, .writers = kOffice, .meaning = "Last day for the proof of claim (C. com. R622-24)."},
    Column{.name = "declared_on", .type = Type::date, .merge = Merge::office, .writers = kOffice, .meaning = "Day on which the claim was declared."},
    Column{.name = "cancelled", .type = Type::flag, .merge = Merge::office, .writers = kOffice, .meaning = "1 when the publication was cancelled: nothing follows from it.", .required = true, .initial = "0"},
});
inline constexpr std::array kInsolvencyEventIndexes{Index{.name = "insolvency_event_debtor", .columns = "debtor_id"}};

inline constexpr auto kMoratoriumColumns = stamped(std::array{
    Column{.name = "case_id", .type = Type::id, .writers = kOffice, .meaning = "The case.", .references = "case_file", .required = true},
    Column{.name = "source", .type = Type::word, .writers = kOffice, .meaning = "Who granted it.", .words = kMoratoriumSourceWords, .required = true},
    Column{.name = "valid_from", .type = Type::date, .writers = kOffice, .meaning = "First day.", .required = true},
    Column{.name = "valid_to", .type = Type::date, .merge = Merge::office, .writers = kOffice, .meaning = "Last day.", .required = true},
});
inline constexpr std::array kMoratoriumIndexes{Index{.name = "moratorium_case", .columns = "case_id"}};

inline constexpr auto kLegalStepColumns = stamped(std::array{
    Column{.name = "case_id", .type = Type::id, .writers = kOffice, .meaning = "The case.", .references = "case_file", .required = true},
    Column{.name = "kind", .type = Type::word, .writers = kOffice, .meaning = "Which step.", .words = kLegalStepWords, .required = true},
    Column{.name = "court", .merge = Merge::office, .writers = kOffice, .meaning = "Before which court."},
    Column{.name = "done_on", .type = Type::date, .merge = Merge::office, .writers = kOffice, .meaning = "Day on which it was done, or the order was made."},
    Column{.name = "planned_on", .type = Type::date, .merge = Merge::office, .writers = kOffice, .meaning = "Day of the hearing, or planned day."},
    Column{.name = "deadline_on", .type = Type::date, .merge = Merge::office, .writers = kOffice, .meaning = "Last day for what must follow it."},
    Column{.name = "counsel", .merge = Merge::office, .writers = kOffice, .privacy = Privacy::identity, .meaning = "Lawyer or bailiff in charge."},
    Column{.name = "result", .merge = Merge::office, .writers = kOffice, .privacy = Privacy::free_text, .meaning = "What came of it.", .text_max = 2000},
});
inline constexpr std::array kLegalStepIndexes{Index{.name = "legal_step_case", .columns = "case_id"}};

inline constexpr auto kPartyRoleColumns = stamped_fact(std::array{
    Column{.name = "case_id", .type = Type::id, .writers = kStaff, .meaning = "The case.", .references = "case_file", .required = true},
    Column{.name = "role", .type = Type::word, .writers = kStaff, .meaning = "What the person is to the case; a guardian is spoken to instead of the debtor.", .words = kPartyRoleWords, .required = true},
    Column{.name = "name", .merge = Merge::latest, .writers = kStaff, .privacy = Privacy::identity, .meaning = "Name.", .unit = "person", .required = true},
    Column{.name = "contact", .merge = Merge::latest, .writers = kStaff, .privacy = Privacy::contact, .meaning = "Number or address.", .unit = "person"},
    Column{.name = "valid_from", .type = Type::date, .merge = Merge::latest, .writers = kStaff, .meaning = "First day."},
    Column{.name = "valid_to", .type = Type::date, .merge = Merge::latest, .writers = kStaff, .meaning = "Last day; empty while it lasts."},
});
inline constexpr std::array kPartyRoleIndexes{Index{.name = "party_role_case", .columns = "case_id"}};

inline constexpr auto kEnquiryColumns = stamped_fact(std::array{
    Column{.name = "debtor_id", .type = Type::id, .writers = kStaff, .meaning = "About whom.", .references = "debtor", .required = true},
    Column{.name = "source", .writers = kStaff, .meaning = "Where it was found: a fact without a source is refused.", .required = true},
    Column{.name = "consulted_on", .type = Type::date, .writers = kStaff, .meaning = "When.", .required = true},
    Column{.name = "reliability", .type = Type::word, .merge = Merge::latest, .writers = kStaff, .meaning = "How sure it is.", .words = kReliabilityWords, .required = true, .initial = "unverified"},
    Column{.name = "finding", .writers = kStaff, .privacy = Privacy::free_text, .meaning = "What was found.", .required = true, .text_max = 2000},
});
inline constexpr std::array kEnquiryIndexes{Index{.name = "enquiry_debtor", .columns = "debtor_id"}};

inline constexpr auto kEscalationColumns = stamped_fact(std::array{
    Column{.name = "case_id", .type = Type::id, .writers = kStaff, .meaning = "The case.", .references = "case_file", .required = true},
    Column{.name = "kind", .type = Type::word, .writers = kStaff, .meaning = "A question that wants an answer, or a notice.", .words = kEscalationKindWords, .required = true, .initial = "escalation"},
    Column{.name = "to_role", .type = Type::word, .writers = kStaff, .meaning = "To which role, not to which person.", .words = kToRoleWords, .required = true, .initial = "manager"},
    Column{.name = "message", .writers = kStaff, .privacy = Privacy::free_text, .meaning = "What is told; no notes of calls.", .required = true, .text_max = 1000},
    Column{.name = "raised_on", .type = Type::date, .writers = kStaff, .meaning = "When."},
    Column{.name = "state", .type = Type::word, .merge = Merge::state, .writers = kOffice, .meaning = "Whether somebody has seen and answered it.", .words = kEscalationStateWords, .required = true, .initial = "raised", .chain = 3},
    Column{.name = "answer", .merge = Merge::office, .writers = kOffice, .privacy = Privacy::free_text, .meaning = "The answer.", .text_max = 1000},
    Column{.name = "answered_on", .type = Type::date, .merge = Merge::office, .writers = kOffice, .meaning = "When it was given."},
});
inline constexpr std::array kEscalationIndexes{Index{.name = "escalation_case", .columns = "case_id"}};

// ---- money that was matched (since version 2) ------------------------------------------------------------------

inline constexpr auto kAllocationColumns = stamped(std::array{
    Column{.name = "case_id", .type = Type::id, .writers = kOffice, .meaning = "The case.", .references = "case_file", .required = true},
    Column{.name = "payment_id", .type = Type::id, .writers = kOffice, .meaning = "The payment that is set against the claim.", .references = "payment"},
    Column{.name = "entry_id", .type = Type::id, .writers = kOffice, .meaning = "Or the credit entry.", .references = "entry"},
    Column{.name = "claim_id", .type = Type::id, .writers = kOffice, .meaning = "The claim; empty for interest and charges of the whole case.", .references = "claim"},
    Column{.name = "part", .type = Type::word, .writers = kOffice, .meaning = "What of it is paid.", .words = kPartWords, .required = true, .initial = "principal"},
    Column{.name = "amount_cents", .type = Type::cents, .writers = kOffice, .privacy = Privacy::financial, .meaning = "How much.", .required = true},
    Column{.name = "undone", .type = Type::flag, .merge = Merge::office, .writers = kOffice, .meaning = "1 when it was taken back.", .required = true, .initial = "0"},
});
inline constexpr std::array kAllocationIndexes{Index{.name = "allocation_case", .columns = "case_id"}, Index{.name = "allocation_payment", .columns = "payment_id"}};

inline constexpr auto kBankLineColumns = stamped(std::array{
    Column{.name = "account", .writers = office, .privacy = Privacy::financial, .meaning = "Our account, all but its end hidden.", .text_max = 40},
    Column{.name = "reference", .writers = office, .privacy = Privacy::financial, .meaning = "The bank's reference with what else tells two lines apart: the same one twice is one line.", .required = true},
    Column{.name = "booked_on", .type = Type::date, .writers = office, .meaning = "Booking date."},
    Column{.name = "value_on", .type = Type::date, .writers = office, .meaning = "Value date."},
    Column{.name = "amount_cents", .type = Type::cents, .writers = office, .privacy = Privacy::financial, .meaning = "Received above zero, paid or returned below.", .required = true},
    Column{.name = "currency", .writers = office, .meaning = "ISO 4217 code.", .required = true, .initial = "EUR", .text_max = 3},
    Column{.name = "label", .writers = office, .privacy = Privacy::financial, .meaning = "What the bank writes of it.", .text_max = 1000},
    Column{.name = "payer", .writers = office, .privacy = Privacy::identity, .meaning = "Who paid, as the bank names him."},
    Column{.name = "return_code", .writers = office, .meaning = "Why it came back, as the bank codes it.", .text_max = 40},
    Column{.name = "state", .type = Type::word, .merge = Merge::office, .writers = kOffice, .meaning = "Whether a person has said what it is.", .words = kBankLineStateWords, .required = true, .initial = "open"},
    Column{.name = "case_id", .type = Type::id, .merge = Merge::office, .writers = kOffice, .meaning = "The case it pays.", .references = "case_file"},
    Column{.name = "payment_id", .type = Type::id, .merge = Merge::office, .writers = kOffice, .meaning = "The payment it became.", .references = "payment"},
    Column{.name = "batch_id", .type = Type::id, .writers = office, .meaning = "The import that brought it.", .references = "import_batch"},
});
inline constexpr std::array kBankLineIndexes{Index{.name = "bank_line_reference", .columns = "reference", .unique = true}, Index{.name = "bank_line_state", .columns = "state"}, Index{.name = "bank_line_case", .columns = "case_id"}};

inline constexpr auto kRemittanceColumns = stamped(std::array{
    Column{.name = "creditor_id", .type = Type::id, .writers = office, .meaning = "To whom.", .references = "creditor", .required = true},
    Column{.name = "number", .writers = office, .meaning = "Its number.", .required = true, .text_max = 40},
    Column{.name = "until_on", .type = Type::date, .writers = office, .meaning = "Receipts up to this day are in it.", .required = true},
    Column{.name = "received_cents", .type = Type::cents, .writers = office, .meaning = "What was received for the creditor.", .required = true},
    Column{.name = "fee_cents", .type = Type::cents, .writers = office, .meaning = "Our fee, without tax.", .required = true, .initial = "0"},
    Column{.name = "paid_on", .type = Type::date, .merge = Merge::office, .writers = office, .meaning = "Day on which it was transferred."},
});
inline constexpr std::array kRemittanceIndexes{Index{.name = "remittance_number", .columns = "number", .unique = true}};

inline constexpr auto kFeeBracketColumns = stamped(std::array{
    Column{.name = "mandate_id", .type = Type::id, .writers = office, .meaning = "Under which agreement.", .references = "mandate", .required = true},
    Column{.name = "up_to_cents", .type = Type::cents, .writers = office, .meaning = "The part of a receipt up to this amount; empty: all that is above the others."},
    Column{.name = "basis_points", .type = Type::integer, .writers = office, .meaning = "Fee in hundredths of a per cent.", .required = true},
    Column{.name = "valid_from", .type = Type::date, .writers = office, .meaning = "First day.", .required = true},
});

inline constexpr auto kImportMappingColumns = stamped(std::array{
    Column{.name = "creditor_id", .type = Type::id, .writers = office, .meaning = "Whose files.", .references = "creditor", .required = true},
    Column{.name = "name", .writers = office, .meaning = "What the office calls it.", .required = true, .text_max = 60},
    Column{.name = "content", .merge = Merge::office, .writers = office, .meaning = "Which column of the file is what, as JSON.", .required = true, .text_max = 8000},
});
inline constexpr std::array kImportMappingIndexes{Index{.name = "import_mapping_name", .columns = "creditor_id, name", .unique = true}};

// ---- retention (since version 2) -------------------------------------------------------------------------------

inline constexpr auto kRetentionRuleColumns = stamped(std::array{
    Column{.name = "code", .writers = office | dpo, .meaning = "By which reports and certificates call it: RC1, RC2 ...", .required = true, .text_max = 20},
    Column{.name = "valid_from", .type = Type::date, .writers = office | dpo, .meaning = "First day; it holds until the next row of its code.", .required = true},
    Column{.name = "covers", .type = Type::word, .writers = office | dpo, .meaning = "Which tables it speaks of, as the schema declares them.", .words = kRetentionClassWords, .required = true, .initial = "case_file"},
    Column{.name = "event", .type = Type::word, .writers = office | dpo, .meaning = "From what the time runs.", .words = kRetentionEventWords, .required = true},
    Column{.name = "months", .type = Type::integer, .writers = office | dpo, .meaning = "How long it is kept from then on; empty: this rule ends nothing."},
    Column{.name = "keep", .type = Type::word, .writers = office | dpo, .meaning = "What is kept when it goes.", .words = kRetentionKeepWords, .required = true, .initial = "nothing"},
    Column{.name = "legal_basis", .writers = office | dpo, .meaning = "Article, or `policy` where it is the house's own choice.", .required = true},
});
inline constexpr std::array kRetentionRuleIndexes{Index{.name = "retention_rule_code", .columns = "code, valid_from", .unique = true}};

// ---- rights of persons (since version 2) -----------------------------------------------------------------------

inline constexpr Writers kOfficers = office | dpo;  // who answers for what is done with a person's data

inline constexpr auto kPersonRequestColumns = stamped(std::array{
    Column{.name = "debtor_id", .type = Type::id, .writers = kOffice | dpo, .meaning = "Whose request it is.", .references = "debtor", .required = true},
    Column{.name = "case_id", .type = Type::id, .writers = kOffice | dpo, .meaning = "The case that it came up in, where it is about one.", .references = "case_file"},
    Column{.name = "escalation_id", .type = Type::id, .writers = kOffice | dpo, .meaning = "The agent's message that brought it.", .references = "escalation"},
    Column{.name = "kind", .type = Type::word, .writers = kOffice | dpo, .meaning = "Which right: GDPR art. 15, 16, 17, 18 or 21.", .words = kPersonRequestKindWords, .required = true},
    Column{.name = "channel", .type = Type::word, .writers = kOffice | dpo, .meaning = "How it came.", .words = kChannelWords},
    Column{.name = "detail", .writers = kOffice | dpo, .privacy = Privacy::free_text, .meaning = "What is asked, in the person's words.", .text_max = 2000},
    Column{.name = "received_on", .type = Type::date, .writers = kOffice | dpo, .meaning = "When it reached us, also by telephone: the clock starts.", .required = true},
    Column{.name = "due_on", .type = Type::date, .writers = kOffice | dpo, .meaning = "Last day for the answer (GDPR art. 12(3)), unless it was extended.", .required = true},
    Column{.name = "extended_on", .type = Type::date, .merge = Merge::office, .writers = kOfficers, .meaning = "Day on which the person was told of a longer delay.", .unit = "extension"},
    Column{.name = "extended_until_on", .type = Type::date, .merge = Merge::office, .writers = kOfficers, .meaning = "Last day for the answer then: two months more at most.", .unit = "extension"},
    Column{.name = "extension_reason", .merge = Merge::office, .writers = kOfficers, .privacy = Privacy::free_text, .meaning = "The reason that the person was told.", .unit = "extension", .text_max = 1000},
    Column{.name = "grounds", .merge = Merge::office, .writers = kOffice | dpo, .privacy = Privacy::free_text, .meaning = "On what ground it is granted or not; of an objection, what was weighed (GDPR art. 21(1)).", .text_max = 2000},
    Column{.name = "state", .type = Type::word, .merge = Merge::office, .writers = kOfficers, .meaning = "How far it has come.", .words = kPersonRequestStateWords, .unit = "reply", .required = true, .initial = "open"},
    Column{.name = "answered_on", .type = Type::date, .merge = Merge::office, .writers = kOfficers, .meaning = "When the person was answered.", .unit = "reply"},
    Column{.name = "answer", .merge = Merge::office, .writers = kOfficers, .privacy = Privacy::free_text, .meaning = "What the person was told.", .unit = "reply", .text_max = 2000},
});
inline constexpr std::array kPersonRequestIndexes{Index{.name = "person_request_debtor", .columns = "debtor_id"}, Index{.name = "person_request_case", .columns = "case_id"}};

inline constexpr auto kLegalHoldColumns = stamped(std::array{
    Column{.name = "case_id", .type = Type::id, .writers = kOfficers, .meaning = "The case.", .references = "case_file", .required = true},
    Column{.name = "scope", .writers = kOfficers, .meaning = "What of it is held: for now always the whole case.", .required = true, .initial = "case", .text_max = 40},
    Column{.name = "reason", .writers = kOfficers, .privacy = Privacy::free_text, .meaning = "Why nothing may be erased: a lawsuit, a complaint, an audit ...", .required = true, .text_max = 1000},
    Column{.name = "authority", .writers = kOfficers, .meaning = "Who asks for it.", .required = true},
    Column{.name = "valid_from", .type = Type::date, .writers = kOfficers, .meaning = "First day.", .required = true},
    Column{.name = "review_on", .type = Type::date, .merge = Merge::office, .writers = kOfficers, .meaning = "By when somebody asks whether it is still needed: past it is an alarm, never a release.", .required = true},
    Column{.name = "reviewed_on", .type = Type::date, .merge = Merge::office, .writers = kOfficers, .meaning = "When somebody last did."},
    Column{.name = "lift_asked_by", .type = Type::id, .merge = Merge::office, .writers = kOfficers, .meaning = "Who asked that it be lifted: another person lifts it.", .unit = "lift_asked", .references = "staff"},
    Column{.name = "lift_asked_on", .type = Type::date, .merge = Merge::office, .writers = kOfficers, .meaning = "When.", .unit = "lift_asked"},
    Column{.name = "lift_reason", .merge = Merge::office, .writers = kOfficers, .privacy = Privacy::free_text, .meaning = "Why.", .unit = "lift_asked", .text_max = 1000},
    Column{.name = "lifted_on", .type = Type::date, .merge = Merge::office, .writers = kOfficers, .meaning = "Last day; empty while it stands."},
});
inline constexpr std::array kLegalHoldIndexes{Index{.name = "legal_hold_case", .columns = "case_id"}};

// ---- the list ------------------------------------------------------------------------------------------------

inline constexpr std::array kTables{
    Table{.number = 1, .name = "staff", .way = Way::common, .retention = Retention::access, .inserters = office, .columns = kStaffColumns, .meaning = "A member of staff: agent, clerk, office or data protection officer.", .indexes = kStaffIndexes},
    Table{.number = 2, .name = "device", .way = Way::office, .side = Side::server, .retention = Retention::access, .inserters = office, .columns = kDeviceColumns, .meaning = "A machine that holds a replica, or the office's own.", .indexes = kDeviceIndexes},
    Table{.number = 3, .name = "creditor", .way = Way::common, .retention = Retention::accounting, .inserters = office, .columns = kCreditorColumns, .meaning = "Someone whose money is collected.", .indexes = kCreditorIndexes},
    Table{.number = 4, .name = "mandate", .way = Way::common, .retention = Retention::accounting, .inserters = office, .columns = kMandateColumns, .meaning = "The agreement under which a creditor's claims are collected.", .indexes = kMandateIndexes},
    Table{.number = 5, .name = "debtor", .way = Way::debtor, .retention = Retention::case_file, .inserters = office, .columns = kDebtorColumns, .meaning = "Someone who owes."},
    Table{.number = 6, .name = "contact_point", .way = Way::by_case, .retention = Retention::case_file, .inserters = kStaff, .columns = kContactPointColumns, .meaning = "A number or address by which a debtor is reached.", .indexes = kContactPointIndexes},
    Table{.number = 7, .name = "case_file", .way = Way::root, .retention = Retention::case_file, .inserters = office, .columns = kCaseFileColumns, .meaning = "What one debtor owes one creditor, and the work on it.", .indexes = kCaseFileIndexes},
    Table{.number = 8, .name = "assignment", .way = Way::by_case, .retention = Retention::access, .inserters = kOffice, .columns = kAssignmentColumns, .meaning = "That an agent holds a case, from a day to a day.", .indexes = kAssignmentIndexes},
    Table{.number = 9, .name = "claim", .way = Way::by_case, .retention = Retention::case_file, .inserters = office, .columns = kClaimColumns, .meaning = "An invoice, bill or rent that is asked for.", .indexes = kClaimIndexes},
    Table{.number = 10, .name = "entry", .way = Way::by_case, .retention = Retention::accounting, .inserters = office, .columns = kEntryColumns, .meaning = "A line of the customer's ledger account.", .indexes = kEntryIndexes},
    Table{.number = 11, .name = "payment", .way = Way::by_case, .retention = Retention::accounting, .inserters = kStaff, .columns = kPaymentColumns, .meaning = "Money declared by a debtor or received by the office.", .indexes = kPaymentIndexes},
    Table{.number = 12, .name = "contact_event", .way = Way::by_case, .retention = Retention::case_file, .inserters = kStaff, .columns = kContactEventColumns, .meaning = "A call, letter or visit, and what came of it.", .indexes = kContactEventIndexes},
    Table{.number = 13, .name = "promise", .way = Way::by_case, .retention = Retention::case_file, .inserters = kStaff, .columns = kPromiseColumns, .meaning = "That a debtor will pay an amount by a day.", .indexes = kPromiseIndexes},
    Table{.number = 14, .name = "payment_plan", .way = Way::by_case, .retention = Retention::case_file, .inserters = kStaff, .columns = kPaymentPlanColumns, .meaning = "An agreement to pay in instalments.", .indexes = kPaymentPlanIndexes},
    Table{.number = 15, .name = "instalment", .way = Way::by_case, .retention = Retention::case_file, .inserters = kStaff, .columns = kInstalmentColumns, .meaning = "One payment of a plan.", .indexes = kInstalmentIndexes},
    Table{.number = 16, .name = "proposal", .way = Way::by_case, .retention = Retention::case_file, .inserters = kStaff, .columns = kProposalColumns, .meaning = "What an agent would like to agree, for the office to decide.", .indexes = kProposalIndexes},
    Table{.number = 17, .name = "decision", .way = Way::by_case, .retention = Retention::case_file, .inserters = kOffice, .columns = kDecisionColumns, .meaning = "The office's answer to a proposal.", .indexes = kDecisionIndexes},
    Table{.number = 18, .name = "dispute", .way = Way::by_case, .retention = Retention::case_file, .inserters = kStaff, .columns = kDisputeColumns, .meaning = "That a claim is contested, and why.", .indexes = kDisputeIndexes},
    Table{.number = 19, .name = "task", .way = Way::by_case, .retention = Retention::case_file, .inserters = kStaff, .columns = kTaskColumns, .meaning = "Something to do on a case by a day.", .indexes = kTaskIndexes},
    Table{.number = 20, .name = "conflict", .way = Way::by_case, .retention = Retention::case_file, .inserters = server, .columns = kConflictColumns, .meaning = "A unit of a row on which a person has to choose.", .indexes = kConflictIndexes},
    Table{.number = 21, .name = "conflict_side", .way = Way::by_case, .retention = Retention::case_file, .inserters = server, .columns = kConflictSideColumns, .meaning = "One of the values that met in a conflict, with its author.", .indexes = kConflictSideIndexes},
    Table{.number = 22, .name = "rate", .way = Way::common, .retention = Retention::reference, .inserters = office, .columns = kRateColumns, .meaning = "A rate of interest in law or in a contract, from a day to a day.", .since = 2},
    Table{.number = 23, .name = "dated_rule", .way = Way::common, .retention = Retention::reference, .inserters = office, .columns = kDatedRuleColumns, .meaning = "A period, amount or limit that law or policy sets from a day on.", .since = 2},
    Table{.number = 24, .name = "letter_template", .way = Way::common, .retention = Retention::reference, .inserters = office, .columns = kLetterTemplateColumns, .meaning = "One version of the text of a letter.", .since = 2},
    Table{.number = 25, .name = "sender", .way = Way::common, .retention = Retention::reference, .inserters = office, .columns = kSenderColumns, .meaning = "Who letters come from, and what the law asks of it; one row.", .since = 2},
    Table{.number = 26, .name = "target", .way = Way::common, .retention = Retention::access, .inserters = kOffice, .columns = kTargetColumns, .meaning = "What a member of staff should reach in a month.", .since = 2},
    Table{.number = 27, .name = "letter", .way = Way::by_case, .retention = Retention::case_file, .inserters = kStaff, .columns = kLetterColumns, .meaning = "A letter, from its draft to what the post says of it.", .indexes = kLetterIndexes, .since = 2},
    Table{.number = 28, .name = "document", .way = Way::by_case, .retention = Retention::case_file, .inserters = kStaff, .columns = kDocumentColumns, .meaning = "A file on a case: its content stays with the office and is fetched when asked for.", .indexes = kDocumentIndexes, .since = 2},
    Table{.number = 29, .name = "limitation_event", .way = Way::by_case, .retention = Retention::case_file, .inserters = kStaff, .columns = kLimitationEventColumns, .meaning = "What moves the limitation clock of a claim.", .indexes = kLimitationEventIndexes, .since = 2},
    Table{.number = 30, .name = "insolvency_event", .way = Way::by_case, .retention = Retention::case_file, .inserters = kStaff, .columns = kInsolvencyEventColumns, .meaning = "Insolvency or over-indebtedness of a debtor: any open one stops dunning.", .indexes = kInsolvencyEventIndexes, .since = 2},
    Table{.number = 31, .name = "moratorium", .way = Way::by_case, .retention = Retention::case_file, .inserters = kOffice, .columns = kMoratoriumColumns, .meaning = "A time in which nothing is asked.", .indexes = kMoratoriumIndexes, .since = 2},
    Table{.number = 32, .name = "legal_step", .way = Way::by_case, .retention = Retention::case_file, .inserters = kOffice, .columns = kLegalStepColumns, .meaning = "A step before a court, with its dates.", .indexes = kLegalStepIndexes, .since = 2},
    Table{.number = 33, .name = "party_role", .way = Way::by_case, .retention = Retention::case_file, .inserters = kStaff, .columns = kPartyRoleColumns, .meaning = "A third person in a case.", .indexes = kPartyRoleIndexes, .since = 2},
    Table{.number = 34, .name = "enquiry", .way = Way::by_case, .retention = Retention::case_file, .inserters = kStaff, .columns = kEnquiryColumns, .meaning = "What was found out about a debtor, where and when.", .indexes = kEnquiryIndexes, .since = 2},
    Table{.number = 35, .name = "escalation", .way = Way::by_case, .retention = Retention::case_file, .inserters = kStaff, .columns = kEscalationColumns, .meaning = "What an agent tells or asks the office, and its answer.", .indexes = kEscalationIndexes, .since = 2},
    Table{.number = 36, .name = "allocation", .way = Way::by_case, .retention = Retention::accounting, .inserters = kOffice, .columns = kAllocationColumns, .meaning = "How much of a payment or credit pays what.", .indexes = kAllocationIndexes, .since = 2},
    Table{.number = 37, .name = "bank_line", .way = Way::office, .side = Side::server, .retention = Retention::accounting, .inserters = office, .columns = kBankLineColumns, .meaning = "A line of a bank statement, until and after a person has said what it is.", .indexes = kBankLineIndexes, .since = 2},
    Table{.number = 38, .name = "remittance", .way = Way::office, .side = Side::server, .retention = Retention::accounting, .inserters = office, .columns = kRemittanceColumns, .meaning = "What was paid on to a creditor, and for which receipts.", .indexes = kRemittanceIndexes, .since = 2},
    Table{.number = 39, .name = "fee_bracket", .way = Way::office, .side = Side::server, .retention = Retention::accounting, .inserters = office, .columns = kFeeBracketColumns, .meaning = "A part of the fee that a creditor agreed to.", .since = 2},
    Table{.number = 40, .name = "import_mapping", .way = Way::office, .side = Side::server, .retention = Retention::reference, .inserters = office, .columns = kImportMappingColumns, .meaning = "How the columns of a creditor's files are read.", .indexes = kImportMappingIndexes, .since = 2},
    Table{.number = 41, .name = "retention_rule", .way = Way::office, .side = Side::server, .retention = Retention::reference, .inserters = office | dpo, .columns = kRetentionRuleColumns, .meaning = "How long data is kept, from which event, and why.", .indexes = kRetentionRuleIndexes, .since = 2},
    Table{.number = 42, .name = "person_request", .way = Way::office, .side = Side::server, .retention = Retention::case_file, .inserters = kOffice | dpo, .columns = kPersonRequestColumns, .meaning = "That a person asks for a right, and by when it is answered.", .indexes = kPersonRequestIndexes, .since = 2},
    Table{.number = 43, .name = "legal_hold", .way = Way::office, .side = Side::server, .retention = Retention::case_file, .inserters = kOfficers, .columns = kLegalHoldColumns, .meaning = "That nothing of a case may be erased, why, and until when that is looked at again.", .indexes = kLegalHoldIndexes, .since = 2},
};

}  // namespace relance::schema
