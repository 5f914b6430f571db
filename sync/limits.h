// Every bound of the protocol, with its unit and what happens at it. Some are promises to the other side
// (an edit that can be made can be sent): changing those changes the protocol.
#pragma once

#include <cstddef>
#include <cstdint>

namespace relance::sync {

inline constexpr int kProtocol = 1;  // another one: 426 upgrade_required

// One edit. The device refuses a larger one when the user makes it: too_large.
inline constexpr std::size_t kEditBytesMax = 256 * 1024;  // of its operations as JSON
inline constexpr std::size_t kEditOpsMax = 1'000;

// One request. Over them: 413 too_large, and nothing is applied.
inline constexpr std::size_t kBodyBytesMax = 8 * 1024 * 1024;       // compressed
inline constexpr std::size_t kExpandedBytesMax = 64 * 1024 * 1024;  // expanded
inline constexpr std::size_t kRequestOpsMax = 10'000;
inline constexpr int kJsonDepthMax = 16;
inline constexpr std::int64_t kNumberMax = std::int64_t{1}
                                           << 53;  // of what is counted; over it or below 0: bad_request
// Everything that a device holds and the server has no outcome for, at a clerk's hundred edits a day for three years.
inline constexpr std::size_t kRescueMutationsMax = 100'000;

// What a device puts into one request; the rest goes into the next.
inline constexpr std::size_t kPushBytes = 2 * 1024 * 1024;
inline constexpr std::size_t kPushOps = 5'000;

// What the server puts into one answer; the device asks again while `remaining` is above zero. A page this
// large keeps a replica under 64 MiB while it is parsed, and costs W-1000 three round trips.
inline constexpr std::size_t kPageBytes = 3 * 1024 * 1024;

// Bodies above this many bytes are compressed; below it zstd's frame costs more than it saves.
inline constexpr std::size_t kCompressAbove = 1024;

inline constexpr std::int64_t kClockAheadMs = 2 * 60 * 1000;  // an edit's time is bounded to now + this
// A device's clock that moved by this much against the office's is noted by an idle sync as well. Less is the network.
inline constexpr std::int64_t kClockMovedMs = 60 * 1000;
// A replica without contact locks after the lease and destroys its key after the grace. Where the office has said
// nothing else (dated rules lease_days, grace_days, lease_warn_days; host/lease_rules.h).
inline constexpr std::int64_t kLeaseMs = 30LL * 24 * 3600 * 1000;
inline constexpr std::int64_t kGraceMs = 16LL * 24 * 3600 * 1000;
inline constexpr std::int64_t kLeaseWarnMs = 7LL * 24 * 3600 * 1000;
// A device's clock this far behind the last contact was set back: it locks until the next one.
inline constexpr std::int64_t kClockBackMs = 5LL * 60 * 1000;
inline constexpr std::int64_t kContactRenewMs =
    15LL * 60 * 1000;  // lease and last contact are written this often
inline constexpr std::int64_t kSentKeptMs =
    7LL * 24 * 3600 * 1000;                                  // sent mutations are kept at least this long
inline constexpr std::int64_t kInviteMs = 15LL * 60 * 1000;  // an enrolment code lives this long
inline constexpr int kResumeOffersMax = 16;                  // then the last offer is repeated

// A letter or document that a device fetches: larger ones are handed over at the office.
inline constexpr std::size_t kFileBytesMax = 16 * 1024 * 1024;

// Erasure orders of one answer and receipts of one request: the others come with the next.
inline constexpr std::size_t kErasuresMax = 200;
inline constexpr std::size_t kReceiptsMax = 1'000;

inline constexpr std::size_t kBuckets = 256;  // of /v1/verify

// The audit log. What is over a bound is left for the next request, never refused.
inline constexpr std::size_t kAuditHeadsMax = 16;     // that a device keeps, and shows after a restore
inline constexpr std::size_t kAuditFindingsMax = 16;  // told in one request
inline constexpr std::size_t kReadsMax = 200;         // readings of cases told in one request
inline constexpr std::size_t kReadsKept = 5'000;      // that a device keeps; then the oldest go
inline constexpr std::int64_t kReadAgainMs =
    60LL * 60 * 1000;  // the same case again sooner is the same reading
inline constexpr std::int64_t kAuditWholeMs =
    24LL * 3600 * 1000;  // a device has the whole chain recomputed this often

}  // namespace relance::sync
