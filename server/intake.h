// What a device's request does to the server, in one commit: its place in the order of mutations, its resume
// token, its outcomes (docs/protocol.md, "One request" and "Copies"). Merging itself is the ledger's.
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "host/failure.h"
#include "server/ledger.h"
#include "sync/codec.h"

namespace relance::server {

/// A known device and its owner.
struct Device {
  Id id;
  Id staff_id;
  schema::Writers role = schema::nobody;
  std::string state;
  Ms enrolled_at = 0;
  [[nodiscard]] bool is_active() const { return state == "active"; }
  [[nodiscard]] bool is_told_to_wipe() const {
    return state == "wipe_ordered" || state == "lost" || state == "wiped";
  }
};
[[nodiscard]] std::optional<Device> find_device(sql::Connection& db, const Id& id);

struct DeviceState {
  std::int64_t last_n = 0, acked_n = 0, durable_n = 0;
  std::int64_t agent_cursor = 0, common_cursor = 0, whole_cursor = 0;
  std::optional<Id> used_token, challenge_token, challenge_nonce;
  Ms lease_until = 0, last_sync_at = 0;
  std::int64_t pending = 0;
  std::int64_t orders_due = 0;  // erasure orders that it has not confirmed
};
[[nodiscard]] std::optional<DeviceState> load_state(sql::Connection& db, const Id& device);

/// Would taking this request change anything at the server? An idle sync must not commit.
[[nodiscard]] bool changes_anything(const DeviceState& state, const sync::Request& request, Ms now);

class Intake {
 public:
  explicit Intake(Ledger& ledger) : ledger_(ledger) {}

  struct Taken {
    std::vector<sync::Outcome> outcomes;
    std::optional<std::int64_t> expected;
    std::optional<Id> offered;
    std::int64_t reads_through = 0;   // readings of cases up to this number of the device are kept
    std::int64_t findings_heard = 0;  // of the audit log
  };
  struct Refused {
    Code code = Code::internal;
    std::optional<Id> nonce;  // of a challenge
  };

  /// REQUIRES: a Work is open; commit it also after a refusal (a challenge is remembered).
  [[nodiscard]] std::variant<Taken, Refused> take(const Device& device, const sync::Request& request);

  /// Offers a token for an answer that carries something although the request changed nothing.
  [[nodiscard]] Id offer_token(const Id& device);

  /// Keeps mutations of a device that is not trusted now; returns their outcomes.
  [[nodiscard]] std::vector<sync::Outcome> quarantine(const Device& device,
                                                      const std::vector<sync::Mutation>& mutations);

  /// Applies what is kept of a device, in the order of its numbers, as the edits of its owner.
  [[nodiscard]] std::vector<sync::Outcome> apply_quarantined(const Device& device);

  /// Two machines share the identity: frozen until a person has looked.
  void freeze(const Device& device);

 private:
  enum class TokenCheck { fine, challenged, two_machines };
  TokenCheck check_token(const Device& device, const sync::Request& request, DeviceState& state);
  /// Nothing when the same number came with other content. `written` gains the mutation's line of the audit entry.
  std::optional<sync::Outcome> take_mutation(const Author& author, const Device& device, DeviceState& state,
                                             const sync::Mutation& mutation, std::string& written);
  /// A restore older than the device keeps: the numbers from the last known one to `below` are on neither
  /// side any more. They are named, never waited for. What the device keeps among them comes first, in order,
  /// and is taken as it comes: whatever it may ever ask about stands in the log or was taken in.
  void name_loss(const Device& device, DeviceState& state, std::int64_t below);
  void keep_last_n(const Device& device, const DeviceState& state);
  void note_contact(const Device& device, const sync::Request& request, DeviceState& state);

  Ledger& ledger_;
};

}  // namespace relance::server
