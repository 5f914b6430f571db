// The machinery's own tables: feeds, history, outbox, shadows. Declared in the same vocabulary as the
// business tables, so that DDL, the data register and erasure cover them without being told twice.
#pragma once

#include <array>

#include "schema/types.h"

namespace relance::schema {

// ---- both ----------------------------------------------------------------------------------------------------

inline constexpr std::array kMetaColumns{
    Column{.name = "name", .meaning = "What is remembered.", .required = true},
    Column{.name = "content", .type = Type::text, .meaning = "Its value, as text.", .text_max = 1 << 20},
};

// ---- server --------------------------------------------------------------------------------------------------

inline constexpr std::array kFeedColumns{
    Column{.name = "id", .type = Type::id, .meaning = "The agent's staff id; all zero for the common feed.", .required = true},
    Column{.name = "head", .type = Type::integer, .meaning = "The last number given out in this feed.", .required = true},
    Column{.name = "pruned_below", .type = Type::integer, .meaning = "Drops up to this number are forgotten: a device with a lower cursor reads anew.", .required = true},
};
inline constexpr std::array kFeedEntryColumns{
    Column{.name = "feed_id", .type = Type::id, .meaning = "The feed.", .required = true},
    Column{.name = "table_no", .type = Type::integer, .meaning = "Number of the row's table.", .required = true},
    Column{.name = "row_id", .type = Type::id, .meaning = "The row.", .required = true},
    Column{.name = "seq", .type = Type::integer, .meaning = "The feed's counter when the row last changed.", .required = true},
    Column{.name = "gone", .type = Type::flag, .meaning = "1 when the follower no longer holds the row.", .required = true},
    Column{.name = "origin", .type = Type::id, .meaning = "The device that already knows the row's whole content; empty when none does."},
};
inline constexpr std::array kFeedEntryIndexes{Index{.name = "feed_entry_seq", .columns = "feed_id, seq"}};

inline constexpr std::array kDeviceStateColumns{
    Column{.name = "device_id", .type = Type::id, .meaning = "The device.", .references = "device", .required = true},
    Column{.name = "last_n", .type = Type::integer, .meaning = "The last mutation number taken in.", .required = true, .initial = "0"},
    Column{.name = "acked_n", .type = Type::integer, .meaning = "Outcomes up to this number are applied on the device.", .required = true, .initial = "0"},
    Column{.name = "durable_n", .type = Type::integer, .meaning = "Its last_n in the newest verified backup.", .required = true, .initial = "0"},
    Column{.name = "agent_cursor", .type = Type::integer, .meaning = "Its last cursor in the agent's feed: drops below may be pruned.", .required = true, .initial = "0"},
    Column{.name = "common_cursor", .type = Type::integer, .meaning = "Its last cursor in the common feed.", .required = true, .initial = "0"},
    Column{.name = "whole_cursor", .type = Type::integer, .meaning = "Its agent cursor at the last request that sent its whole outbox: no later edit has seen less.", .required = true, .initial = "0"},
    Column{.name = "used_token", .type = Type::id, .meaning = "The resume token last used; empty at enrolment and at the start of an epoch."},
    Column{.name = "challenge_token", .type = Type::id, .meaning = "The unknown token that was challenged."},
    Column{.name = "challenge_nonce", .type = Type::id, .meaning = "The nonce it was challenged with."},
    Column{.name = "lease_until", .type = Type::instant, .meaning = "Until when the replica may be opened without contact.", .required = true, .initial = "0"},
    Column{.name = "last_sync_at", .type = Type::instant, .meaning = "Last contact, to the quarter of an hour.", .required = true, .initial = "0"},
    Column{.name = "pending", .type = Type::integer, .meaning = "Edits that the device said it still had after its last request.", .required = true, .initial = "0"},
    Column{.name = "lost_below", .type = Type::integer, .meaning = "Mutations below this number that neither side has any more (a restore older than the device keeps).", .required = true, .initial = "0"},
    Column{.name = "orders_due", .type = Type::integer, .meaning = "Erasure orders that it has not confirmed yet: an idle sync looks no further.", .required = true, .initial = "0", .since = 2},
};
inline constexpr std::array kResumeOfferColumns{
    Column{.name = "device_id", .type = Type::id, .meaning = "The device.", .references = "device", .required = true},
    Column{.name = "position", .type = Type::integer, .meaning = "Order of the offers.", .required = true},
    Column{.name = "token", .type = Type::id, .meaning = "A token offered since the last used one.", .required = true},
};
inline constexpr std::array kMutationLogColumns{
    Column{.name = "device_id", .type = Type::id, .meaning = "The device that made it.", .references = "device", .required = true},
    Column{.name = "n", .type = Type::integer, .meaning = "Its number on that device.", .required = true},
    Column{.name = "hash", .type = Type::bytes, .meaning = "SHA-256 of its content: the same number with another content means two machines.", .required = true},
    Column{.name = "status", .meaning = "Its outcome.", .required = true},
    Column{.name = "reason", .meaning = "Code of a refusal."},
    Column{.name = "conflicts", .meaning = "Ids of the conflicts it opened or joined, blank between.", .text_max = 100000},
    Column{.name = "intent", .meaning = "What the author meant to do, as a code."},
    Column{.name = "claimed_at", .type = Type::instant, .meaning = "The edit's time as the device says.", .required = true},
    Column{.name = "happened_at", .type = Type::instant, .meaning = "The same, bounded by what is possible.", .required = true},
    Column{.name = "received_at", .type = Type::instant, .meaning = "When it arrived.", .required = true},
};
inline constexpr std::array kRefusedRowColumns{
    Column{.name = "device_id", .type = Type::id, .meaning = "The device.", .references = "device", .required = true},
    Column{.name = "row_id", .type = Type::id, .meaning = "A row that a refused mutation would have made: what builds on it is refused with it.", .required = true},
};
inline constexpr std::array kHistoryColumns{
    Column{.name = "row_id", .type = Type::id, .meaning = "The row.", .required = true},
    Column{.name = "device_id", .type = Type::id, .meaning = "The device of the edit.", .required = true},
    Column{.name = "n", .type = Type::integer, .meaning = "The edit's number on that device.", .required = true},
    Column{.name = "position", .type = Type::integer, .meaning = "Place within the edit.", .required = true},
    Column{.name = "table_no", .type = Type::integer, .meaning = "Number of the row's table.", .required = true},
    Column{.name = "unit", .meaning = "The merge unit; empty for an insert.", .required = true},
    Column{.name = "case_id", .type = Type::id, .meaning = "The row's case: history goes with it."},
    Column{.name = "debtor_id", .type = Type::id, .meaning = "The row's debtor, where it is reached by it."},
    Column{.name = "staff_id", .type = Type::id, .meaning = "The author.", .required = true},
    Column{.name = "happened_at", .type = Type::instant, .meaning = "The author's corrected time.", .required = true},
    Column{.name = "verdict", .meaning = "inserted, taken, joined, lost, kept or late.", .required = true},
    Column{.name = "before", .privacy = Privacy::free_text, .meaning = "The unit's values before, as JSON.", .text_max = 300000},
    Column{.name = "after", .privacy = Privacy::free_text, .meaning = "The values of the edit, as JSON.", .text_max = 300000},
};
inline constexpr std::array kHistoryIndexes{Index{.name = "history_case", .columns = "case_id"}, Index{.name = "history_debtor", .columns = "debtor_id"}};

inline constexpr std::array kQuarantineColumns{
    Column{.name = "device_id", .type = Type::id, .meaning = "The device that handed it over.", .references = "device", .required = true},
    Column{.name = "n", .type = Type::integer, .meaning = "The mutation's number.", .required = true},
    Column{.name = "hash", .type = Type::bytes, .meaning = "SHA-256 of its content.", .required = true},
    Column{.name = "received_at", .type = Type::instant, .meaning = "When it arrived.", .required = true},
    Column{.name = "body", .type = Type::bytes, .privacy = Privacy::free_text, .meaning = "The mutation as sent.", .required = true},
    Column{.name = "state", .meaning = "kept, applied or dismissed.", .required = true},
};
inline constexpr std::array kInviteColumns{
    Column{.name = "id", .type = Type::id, .meaning = "The invitation.", .required = true},
    Column{.name = "staff_id", .type = Type::id, .meaning = "For whom.", .references = "staff", .required = true},
    Column{.name = "secret_hash", .type = Type::bytes, .privacy = Privacy::security, .meaning = "SHA-256 of the code's secret.", .required = true},
    Column{.name = "expires_at", .type = Type::instant, .meaning = "15 minutes after it was made.", .required = true},
    Column{.name = "used_at", .type = Type::instant, .meaning = "When a device enrolled with it."},
    Column{.name = "device_id", .type = Type::id, .meaning = "That device.", .references = "device"},
    Column{.name = "key_hash", .type = Type::bytes, .privacy = Privacy::security, .meaning = "SHA-256 of the request's key: the same key again, after a lost answer, is answered again."},
};
inline constexpr std::array kImportBatchColumns{
    Column{.name = "id", .type = Type::id, .meaning = "The import.", .required = true},
    Column{.name = "creditor_id", .type = Type::id, .meaning = "Whose ledger.", .references = "creditor", .required = true},
    Column{.name = "format", .meaning = "fec, ximport, csv, cii, ubl, cfonb120, cfonb240, camt053 or camt054.", .required = true},
    Column{.name = "file_hash", .type = Type::bytes, .meaning = "SHA-256 of the file.", .required = true},
    Column{.name = "staff_id", .type = Type::id, .meaning = "Who imported it.", .required = true},
    Column{.name = "happened_at", .type = Type::instant, .meaning = "When.", .required = true},
    Column{.name = "lines_read", .type = Type::integer, .meaning = "Lines of the file.", .required = true},
    Column{.name = "lines_kept", .type = Type::integer, .meaning = "Lines of accounts 41x.", .required = true},
    Column{.name = "entries_added", .type = Type::integer, .meaning = "Entries that were new.", .required = true},
    Column{.name = "withdrawn_at", .type = Type::instant, .meaning = "When it was taken back.", .since = 2},
};
inline constexpr std::array kStoredFileColumns{
    Column{.name = "hash", .type = Type::bytes, .meaning = "SHA-256 of the content: the same file is stored once.", .required = true},
    Column{.name = "case_id", .type = Type::id, .meaning = "The case that it was first stored for: it goes with it.", .required = true},
    Column{.name = "stored_at", .type = Type::instant, .meaning = "When.", .required = true},
    Column{.name = "content", .type = Type::bytes, .privacy = Privacy::free_text, .meaning = "The bytes, never changed.", .required = true},
};
inline constexpr std::array kStoredFileIndexes{Index{.name = "stored_file_case", .columns = "case_id"}};
inline constexpr std::array kAuditEntryColumns{
    Column{.name = "seq", .type = Type::integer, .meaning = "1, 2, 3 … without gaps.", .required = true},
    Column{.name = "happened_at", .type = Type::instant, .meaning = "When it was committed.", .required = true},
    Column{.name = "staff_id", .type = Type::id, .meaning = "Who.", .required = true},
    Column{.name = "device_id", .type = Type::id, .meaning = "On which device.", .required = true},
    Column{.name = "action", .meaning = "What, as a code.", .required = true},
    Column{.name = "object_hash", .type = Type::bytes, .meaning = "SHA-256 over a salt and what was written: says nothing of it once the salt is gone.", .required = true},
    Column{.name = "entry_hash", .type = Type::bytes, .meaning = "SHA-256 over the entry before and this one.", .required = true},
};

// What erasure needs to know for longer than what it erased (docs/decisions/016-erasure.md). Ids are random: they name
// nobody once the rows are gone.
inline constexpr std::array kHoldingColumns{
    Column{.name = "device_id", .type = Type::id, .meaning = "The device.", .references = "device", .required = true},
    Column{.name = "case_id", .type = Type::id, .meaning = "A case that it was sent: it may hold it until it has said otherwise.", .required = true},
    Column{.name = "debtor_id", .type = Type::id, .meaning = "Its debtor.", .required = true},
    Column{.name = "since_at", .type = Type::instant, .meaning = "When it was first sent to it.", .required = true},
    Column{.name = "until_at", .type = Type::instant, .meaning = "When the device had taken in that it no longer holds it."},
};
inline constexpr std::array kHoldingIndexes{Index{.name = "holding_case", .columns = "case_id"}, Index{.name = "holding_debtor", .columns = "debtor_id"}};
inline constexpr std::array kPurgeRunColumns{
    Column{.name = "id", .type = Type::id, .meaning = "The run.", .required = true},
    Column{.name = "state", .meaning = "planned, approved, running, scanning, done or dropped.", .required = true},
    Column{.name = "origin", .meaning = "retention, request (GDPR art. 17), mandate_end or court.", .required = true},
    Column{.name = "ground", .meaning = "What it rests on, as a code or an article.", .text_max = 200},
    Column{.name = "planned_at", .type = Type::instant, .meaning = "When it was planned.", .required = true},
    Column{.name = "planned_by", .type = Type::id, .meaning = "By whom.", .references = "staff", .required = true},
    Column{.name = "approved_at", .type = Type::instant, .meaning = "When it was approved."},
    Column{.name = "approved_by", .type = Type::id, .meaning = "By whom.", .references = "staff"},
    Column{.name = "begun_at", .type = Type::instant, .meaning = "When it began to erase."},
    Column{.name = "ended_at", .type = Type::instant, .meaning = "When the server's part was proven done."},
    Column{.name = "cases_in_all", .type = Type::integer, .meaning = "Cases of the office when it was planned: the brake is a part of them.", .required = true, .initial = "0"},
    Column{.name = "brake_released", .type = Type::flag, .meaning = "1 when a person let it erase more than the brake allows.", .required = true, .initial = "0"},
    Column{.name = "scanned_bytes", .type = Type::integer, .meaning = "Bytes that the final scan read.", .required = true, .initial = "0"},
    Column{.name = "needles", .type = Type::integer, .meaning = "Ids and values that it looked for.", .required = true, .initial = "0"},
    Column{.name = "residue", .type = Type::integer, .meaning = "Places where it found one: a run with any is not done.", .required = true, .initial = "0"},
};
inline constexpr std::array kPurgeItemColumns{
    Column{.name = "run_id", .type = Type::id, .meaning = "The run.", .references = "purge_run", .required = true},
    Column{.name = "case_id", .type = Type::id, .meaning = "The case.", .required = true},
    Column{.name = "state", .meaning = "planned, blocked or erased.", .required = true},
    Column{.name = "rule", .meaning = "Code of the retention rule, or of the order.", .required = true},
    Column{.name = "due_on", .type = Type::date, .meaning = "From when the rule lets it go."},
    Column{.name = "blocked_by", .meaning = "Why not, as a code."},
    Column{.name = "free_on", .type = Type::date, .meaning = "When that ends, where it is known."},
    Column{.name = "row_count", .type = Type::integer, .meaning = "Rows that go, or went.", .required = true, .initial = "0"},
    Column{.name = "kept_count", .type = Type::integer, .meaning = "Vouchers that accounting keeps of it.", .required = true, .initial = "0"},
    Column{.name = "kept_until_on", .type = Type::date, .meaning = "Until when."},
};
inline constexpr std::array kErasureOrderColumns{
    Column{.name = "id", .type = Type::id, .meaning = "The order.", .required = true},
    Column{.name = "run_id", .type = Type::id, .meaning = "The run it belongs to.", .required = true},
    Column{.name = "case_id", .type = Type::id, .meaning = "The case that went.", .required = true},
    Column{.name = "debtor_id", .type = Type::id, .meaning = "The debtor, where it was the last case and he went with it."},
    Column{.name = "row_ids", .type = Type::bytes, .meaning = "Ids of the rows that went, one after the other: a device may have sent edits of rows that it no longer holds. Empty once every device has answered."},
    Column{.name = "made_at", .type = Type::instant, .meaning = "When.", .required = true},
};
inline constexpr std::array kErasureOrderIndexes{Index{.name = "erasure_order_run", .columns = "run_id"}};
inline constexpr std::array kErasureReceiptColumns{
    Column{.name = "device_id", .type = Type::id, .meaning = "A device that held the case.", .references = "device", .required = true},
    Column{.name = "order_id", .type = Type::id, .meaning = "The order.", .references = "erasure_order", .required = true},
    Column{.name = "state", .meaning = "due, done, wiped or expired: an expired one is unconfirmed, never erased.", .required = true},
    Column{.name = "done_at", .type = Type::instant, .meaning = "When the device says that it was done."},
    Column{.name = "received_at", .type = Type::instant, .meaning = "When it said so."},
    Column{.name = "row_count", .type = Type::integer, .meaning = "Rows that went there.", .required = true, .initial = "0"},
    Column{.name = "scanned_bytes", .type = Type::integer, .meaning = "Bytes that were searched there afterwards.", .required = true, .initial = "0"},
    Column{.name = "signature", .type = Type::bytes, .meaning = "Over all of this, by the device's key; empty where it gave none."},
    Column{.name = "verified", .type = Type::flag, .meaning = "1 when the signature is that of the key in the device's certificate.", .required = true, .initial = "0"},
};
inline constexpr std::array kErasureReceiptIndexes{Index{.name = "erasure_receipt_order", .columns = "order_id"}, Index{.name = "erasure_receipt_state", .columns = "device_id, state"}};
inline constexpr std::array kErasedIdColumns{
    Column{.name = "hash", .type = Type::bytes, .meaning = "Keyed hash of an id or a reference in a ledger that was erased: what bears it again is told apart from what is unknown.", .required = true},
    Column{.name = "until_at", .type = Type::instant, .meaning = "After this it is forgotten too.", .required = true},
};
inline constexpr std::array kErasedIdIndexes{Index{.name = "erased_id_until", .columns = "until_at"}};
inline constexpr std::array kVoucherColumns{
    Column{.name = "id", .type = Type::id, .meaning = "A new one: nothing leads back.", .required = true},
    Column{.name = "creditor_id", .type = Type::id, .meaning = "In whose account.", .references = "creditor", .required = true},
    Column{.name = "origin", .meaning = "Table that it was a row of.", .required = true},
    Column{.name = "kind", .meaning = "Nature of the entry, state of the payment, or part that was paid."},
    Column{.name = "amount_cents", .type = Type::cents, .meaning = "Amount.", .required = true},
    Column{.name = "currency", .meaning = "ISO 4217 code.", .required = true},
    Column{.name = "booked_on", .type = Type::date, .meaning = "Its date."},
    Column{.name = "means", .meaning = "How it was paid."},
    Column{.name = "remittance_id", .type = Type::id, .meaning = "The remittance in which the creditor was paid it.", .references = "remittance"},
    Column{.name = "keep_until_on", .type = Type::date, .meaning = "Ten years from the end of its year (C. com. L123-22).", .required = true},
};
inline constexpr std::array kDeviceKeyColumns{
    Column{.name = "device_id", .type = Type::id, .meaning = "The device.", .references = "device", .required = true},
    Column{.name = "key_hash", .type = Type::bytes, .meaning = "SHA-256 of the key.", .required = true},
    Column{.name = "public_key", .type = Type::bytes, .meaning = "The key of a certificate that it was given, to check what it signs.", .required = true},
    Column{.name = "issued_at", .type = Type::instant, .meaning = "When.", .required = true},
};
// A passphrase that is forgotten loses nothing (docs/decisions/018-keys.md).
inline constexpr std::array kSealedKeyColumns{
    Column{.name = "device_id", .type = Type::id, .meaning = "The device.", .references = "device", .required = true},
    Column{.name = "sealed", .type = Type::bytes, .privacy = Privacy::security, .meaning = "The replica's data key, encrypted to the office's sealing certificate (CMS): only its private key opens it.", .required = true},
    Column{.name = "sealed_at", .type = Type::instant, .meaning = "When the device handed it over.", .required = true},
};
inline constexpr std::array kRecoveryColumns{
    Column{.name = "id", .type = Type::id, .meaning = "The code to open a replica again.", .required = true},
    Column{.name = "device_id", .type = Type::id, .meaning = "The device whose replica it opens.", .references = "device", .required = true},
    Column{.name = "secret_hash", .type = Type::bytes, .privacy = Privacy::security, .meaning = "SHA-256 of the code's secret.", .required = true},
    Column{.name = "expires_at", .type = Type::instant, .meaning = "15 minutes after it was made.", .required = true},
    Column{.name = "attempts", .type = Type::integer, .meaning = "Wrong secrets that were tried for this device since: at the fifth the code is void.", .required = true, .initial = "0"},
    Column{.name = "used_at", .type = Type::instant, .meaning = "When the key was handed over."},
};

// ---- client --------------------------------------------------------------------------------------------------

inline constexpr std::array kOutboxColumns{
    Column{.name = "n", .type = Type::integer, .meaning = "The mutation's number on this device.", .required = true},
    Column{.name = "status", .meaning = "pending, then its outcome; discarded or resent once the agent has decided on a refusal.", .required = true},
    Column{.name = "intent", .meaning = "What the agent meant to do, as a code.", .required = true},
    Column{.name = "happened_at", .type = Type::instant, .meaning = "Corrected time of the edit.", .required = true},
    Column{.name = "seen_epoch", .type = Type::id, .meaning = "Epoch of the state that the agent was shown.", .required = true},
    Column{.name = "seen_cursor", .type = Type::integer, .meaning = "Cursor of that state.", .required = true},
    Column{.name = "ops", .privacy = Privacy::free_text, .meaning = "The row operations with old and new values, as JSON: what is sent, to the letter.", .required = true, .text_max = 300000},
    Column{.name = "hash", .type = Type::bytes, .meaning = "SHA-256 of its content.", .required = true},
    Column{.name = "sent_at", .type = Type::instant, .meaning = "When it was first sent: from then on it never changes."},
    Column{.name = "reason", .meaning = "Code of a refusal."},
    Column{.name = "conflicts", .meaning = "Ids of its conflicts, blank between.", .text_max = 100000},
    Column{.name = "outcome_at", .type = Type::instant, .meaning = "When its outcome was applied here."},
    Column{.name = "resend", .type = Type::flag, .meaning = "1 when a restored server has to be sent it again.", .required = true, .initial = "0"},
};
inline constexpr std::array kOutboxIndexes{Index{.name = "outbox_status", .columns = "status"}};
inline constexpr std::array kShadowColumns{
    Column{.name = "table_no", .type = Type::integer, .meaning = "Number of the row's table.", .required = true},
    Column{.name = "row_id", .type = Type::id, .meaning = "The row under a pending edit.", .required = true},
    Column{.name = "content", .type = Type::bytes, .privacy = Privacy::free_text, .meaning = "The confirmed row; empty when the server has none yet."},
};
inline constexpr std::array kStagedPageColumns{
    Column{.name = "position", .type = Type::integer, .meaning = "Order of arrival.", .required = true},
    Column{.name = "body", .type = Type::bytes, .privacy = Privacy::free_text, .meaning = "An answer that is not complete yet, compressed.", .required = true},
};
inline constexpr std::array kOrphanColumns{
    Column{.name = "table_no", .type = Type::integer, .meaning = "Number of the row's table.", .required = true},
    Column{.name = "row_id", .type = Type::id, .meaning = "A row that a restored server does not know: it may be the last copy.", .required = true},
};

inline constexpr std::array kErasureColumns{
    Column{.name = "order_id", .type = Type::id, .meaning = "An order to erase.", .required = true},
    Column{.name = "step", .meaning = "deleted, rewritten or done: where to go on after a crash.", .required = true},
    Column{.name = "needles", .type = Type::bytes, .meaning = "Ids that must be found nowhere any more, every bit turned over; empty once that is proven."},
    Column{.name = "row_count", .type = Type::integer, .meaning = "Rows that went.", .required = true, .initial = "0"},
    Column{.name = "scanned_bytes", .type = Type::integer, .meaning = "Bytes that were searched.", .required = true, .initial = "0"},
    Column{.name = "done_at", .type = Type::instant, .meaning = "When it was done."},
    Column{.name = "signature", .type = Type::bytes, .meaning = "Over all of this, by this device's key."},
    Column{.name = "told_at", .type = Type::instant, .meaning = "When the office had the receipt."},
};

// The audit log's other half (docs/decisions/017-audit.md): what opens its commitments goes with the case, what proves
// that nobody rewrote it stays.
inline constexpr std::array kAuditSaltColumns{
    Column{.name = "seq", .type = Type::integer, .meaning = "The entry of the audit log.", .required = true},
    Column{.name = "position", .type = Type::integer, .meaning = "0, 1, 2 … among the shares of its salt.", .required = true},
    Column{.name = "shares", .type = Type::integer, .meaning = "How many there were: the salt is the XOR of all of them.", .required = true},
    Column{.name = "share", .type = Type::bytes, .privacy = Privacy::security, .meaning = "128 random bits. Gone with its case, and with it all that the entry could tell.", .required = true},
    Column{.name = "case_id", .type = Type::id, .meaning = "A case that the entry speaks of."},
    Column{.name = "debtor_id", .type = Type::id, .meaning = "A debtor that it speaks of, where it is reached by him."},
    Column{.name = "detail", .privacy = Privacy::free_text, .meaning = "What was committed to, where it is short and nowhere else."},
};
inline constexpr std::array kAuditSaltIndexes{Index{.name = "audit_salt_case", .columns = "case_id"}, Index{.name = "audit_salt_debtor", .columns = "debtor_id"}};
inline constexpr std::array kCaseReadColumns{
    Column{.name = "device_id", .type = Type::id, .meaning = "On which device; the office's own for its commands.", .required = true},
    Column{.name = "n", .type = Type::integer, .meaning = "The device's own number of the reading.", .required = true},
    Column{.name = "staff_id", .type = Type::id, .meaning = "Who read.", .required = true},
    Column{.name = "case_id", .type = Type::id, .meaning = "The case; empty when the command could show every one."},
    Column{.name = "happened_at", .type = Type::instant, .meaning = "When, corrected and bounded as the time of an edit is.", .required = true},
    Column{.name = "action", .meaning = "By which command, as a code.", .required = true, .text_max = 40},
    Column{.name = "told_at", .type = Type::instant, .meaning = "On a device: when the office had it."},
};
inline constexpr std::array kCaseReadIndexes{Index{.name = "case_read_case", .columns = "case_id, happened_at"}, Index{.name = "case_read_staff", .columns = "staff_id, happened_at"}};
inline constexpr std::array kAuditHeadColumns{
    Column{.name = "device_id", .type = Type::id, .meaning = "Who holds it: the office's own device, or one that was given it.", .required = true},
    Column{.name = "epoch", .type = Type::id, .meaning = "Epoch in which the office signed it.", .required = true},
    Column{.name = "seq", .type = Type::integer, .meaning = "The newest entry of the audit log then.", .required = true},
    Column{.name = "hash", .type = Type::bytes, .meaning = "That entry's hash.", .required = true},
    Column{.name = "signed_at", .type = Type::instant, .meaning = "When.", .required = true},
    Column{.name = "signature", .type = Type::bytes, .meaning = "Ed25519, by the office's audit key.", .required = true},
    Column{.name = "state", .meaning = "held, lost (a restore took what it names), rewritten, other_key, unanswered or settled.", .required = true},
    Column{.name = "answered", .type = Type::bytes, .meaning = "What the office has in that place instead; empty when nothing."},
    Column{.name = "found_at", .type = Type::instant, .meaning = "When it was found not to be held any more."},
    Column{.name = "told_at", .type = Type::instant, .meaning = "When the office had that finding."},
};

inline constexpr std::array kEngineTables{
    Table{.number = 101, .name = "meta", .columns = kMetaColumns, .meaning = "Small facts of this database: epoch, versions, cursors.", .key = "name", .engine = true},
    Table{.number = 102, .name = "feed", .side = Side::server, .columns = kFeedColumns, .meaning = "One feed for each agent, and the common one.", .engine = true},
    Table{.number = 103, .name = "feed_entry", .side = Side::server, .columns = kFeedEntryColumns, .meaning = "One entry for each row that a follower holds or has just lost: numbers, never values.", .key = "feed_id, table_no, row_id", .indexes = kFeedEntryIndexes, .engine = true},
    Table{.number = 104, .name = "device_state", .side = Side::server, .columns = kDeviceStateColumns, .meaning = "Where each device stands in the protocol.", .key = "device_id", .engine = true},
    Table{.number = 105, .name = "resume_offer", .side = Side::server, .columns = kResumeOfferColumns, .meaning = "Resume tokens offered and not used yet.", .key = "device_id, position", .engine = true},
    Table{.number = 106, .name = "mutation_log", .side = Side::server, .columns = kMutationLogColumns, .meaning = "Every mutation taken in and its outcome; codes, never content.", .key = "device_id, n", .engine = true},
    Table{.number = 107, .name = "refused_row", .side = Side::server, .columns = kRefusedRowColumns, .meaning = "Rows that never came to be.", .key = "device_id, row_id", .engine = true},
    Table{.number = 108, .name = "history", .way = Way::by_case, .side = Side::server, .retention = Retention::case_file, .columns = kHistoryColumns, .meaning = "What every edit did to every unit, with the values that lost.", .key = "row_id, device_id, n, position", .indexes = kHistoryIndexes, .engine = true},
    Table{.number = 109, .name = "quarantine", .side = Side::server, .retention = Retention::case_file, .columns = kQuarantineColumns, .meaning = "Edits of a device that is not trusted now, kept for the office.", .key = "device_id, n, hash", .engine = true},
    Table{.number = 110, .name = "invite", .side = Side::server, .retention = Retention::access, .columns = kInviteColumns, .meaning = "One-time enrolment codes.", .engine = true},
    Table{.number = 111, .name = "import_batch", .side = Side::server, .retention = Retention::accounting, .columns = kImportBatchColumns, .meaning = "Imports, and what each brought.", .engine = true},
    Table{.number = 112, .name = "audit_entry", .side = Side::server, .retention = Retention::engine, .columns = kAuditEntryColumns, .meaning = "A chain of hashes over everything that was committed.", .key = "seq", .engine = true},
    Table{.number = 113, .name = "outbox", .side = Side::client, .retention = Retention::case_file, .columns = kOutboxColumns, .meaning = "Every edit made here, until the server has it in a backup.", .key = "n", .indexes = kOutboxIndexes, .engine = true},
    Table{.number = 114, .name = "shadow", .side = Side::client, .retention = Retention::case_file, .columns = kShadowColumns, .meaning = "Confirmed rows under pending edits.", .key = "table_no, row_id", .engine = true},
    Table{.number = 115, .name = "staged_page", .side = Side::client, .retention = Retention::case_file, .columns = kStagedPageColumns, .meaning = "Answers that wait for the one that completes them.", .key = "position", .engine = true},
    Table{.number = 116, .name = "orphan", .side = Side::client, .retention = Retention::case_file, .columns = kOrphanColumns, .meaning = "Rows kept read-only because a restored server lacks them.", .key = "table_no, row_id", .engine = true},
    Table{.number = 117, .name = "stored_file", .way = Way::by_case, .side = Side::server, .retention = Retention::case_file, .columns = kStoredFileColumns, .meaning = "Letters as issued and documents, by their hash: not in any replica.", .key = "hash, case_id", .indexes = kStoredFileIndexes, .since = 2, .engine = true},
    Table{.number = 118, .name = "holding", .side = Side::server, .retention = Retention::engine, .columns = kHoldingColumns, .meaning = "Which device was sent which case: who is told to erase, and whose data a lost laptop holds.", .key = "device_id, case_id", .indexes = kHoldingIndexes, .since = 2, .engine = true},
    Table{.number = 119, .name = "purge_run", .side = Side::server, .retention = Retention::journal, .columns = kPurgeRunColumns, .meaning = "A purge, from its plan to its proof.", .since = 2, .engine = true},
    Table{.number = 120, .name = "purge_item", .side = Side::server, .retention = Retention::journal, .columns = kPurgeItemColumns, .meaning = "A case in a purge, by an id that leads nowhere once it is erased.", .key = "run_id, case_id", .since = 2, .engine = true},
    Table{.number = 121, .name = "erasure_order", .side = Side::server, .retention = Retention::journal, .columns = kErasureOrderColumns, .meaning = "What devices that held a case are told to erase.", .indexes = kErasureOrderIndexes, .since = 2, .engine = true},
    Table{.number = 122, .name = "erasure_receipt", .side = Side::server, .retention = Retention::journal, .columns = kErasureReceiptColumns, .meaning = "What each of them answered.", .key = "device_id, order_id", .indexes = kErasureReceiptIndexes, .since = 2, .engine = true},
    Table{.number = 123, .name = "erased_id", .side = Side::server, .retention = Retention::journal, .columns = kErasedIdColumns, .meaning = "What may not come back: keyed hashes, themselves limited in time.", .key = "hash", .indexes = kErasedIdIndexes, .since = 2, .engine = true},
    Table{.number = 124, .name = "voucher", .side = Side::server, .retention = Retention::accounting, .columns = kVoucherColumns, .meaning = "What accounting keeps of an erased case: figures and days, nobody's.", .since = 2, .engine = true},
    Table{.number = 125, .name = "device_key", .side = Side::server, .retention = Retention::access, .columns = kDeviceKeyColumns, .meaning = "Public keys of the certificates that devices were given.", .key = "device_id, key_hash", .since = 2, .engine = true},
    Table{.number = 126, .name = "erasure", .side = Side::client, .retention = Retention::engine, .columns = kErasureColumns, .meaning = "Orders to erase, step by step, until the office has the receipt.", .key = "order_id", .since = 2, .engine = true},
    Table{.number = 127, .name = "sealed_key", .side = Side::server, .retention = Retention::engine, .columns = kSealedKeyColumns, .meaning = "Each device's data key, sealed to the office: opens a replica whose passphrase is forgotten.", .key = "device_id", .since = 2, .engine = true},
    Table{.number = 128, .name = "recovery", .side = Side::server, .retention = Retention::engine, .columns = kRecoveryColumns, .meaning = "Codes to open a replica whose passphrase is forgotten.", .since = 2, .engine = true},
    Table{.number = 130, .name = "audit_salt", .way = Way::by_case, .side = Side::server, .retention = Retention::case_file, .columns = kAuditSaltColumns, .meaning = "What opens the commitments of the audit log, apart from it.", .key = "seq, position", .indexes = kAuditSaltIndexes, .since = 2, .engine = true},
    Table{.number = 131, .name = "case_read", .way = Way::by_case, .side = Side::both, .retention = Retention::access, .columns = kCaseReadColumns, .meaning = "Who read which case, when, on which device; once an hour at most.", .key = "device_id, n", .indexes = kCaseReadIndexes, .since = 2, .engine = true},
    Table{.number = 132, .name = "audit_head", .side = Side::both, .retention = Retention::engine, .columns = kAuditHeadColumns, .meaning = "Signed heads of the audit log: at the office those it kept, on a device those it was given; and what devices found.", .key = "device_id, epoch, seq, hash", .since = 2, .engine = true},
};

}  // namespace relance::schema
