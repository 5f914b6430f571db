// What one seed does: its knobs (drawn anew for each seed, so that no two runs stress the same thing) and its actions,
// each with chance of its own: leave one out, and the others still mean the same. That is what lets a failure shrink.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "client/replica.h"

namespace relance::sim {

enum class Kind : std::uint8_t {
  edit,           // an agent edits offline
  resolve,        // an agent decides a conflict
  change_mind,    // undo, amend, discard or send again
  sync,           // a whole session, over the network as it is
  ask,            // one step of a session: the request leaves
  handle,         // … the office takes it in
  hear,           // … the device takes the answer in
  late_delivery,  // a request arrives that its sender gave up
  verify,         // buckets are compared
  office_edit,    // a clerk or the office edits
  office_resolve,
  take_id,      // somebody else makes a row of the same id
  import_case,  // an importer brings a case with claims and entries
  move_case,    // a case is given, taken or given back
  move_debtor,  // a case is given another debtor
  suspend,      // a device is not trusted for a while
  allow,        // every suspended or rescued device is trusted again
  enrol,        // one more device
  upgrade,      // a device of the version before gets the new program
  clone,        // a device's disk is copied to another machine
  minutes,
  days,
  sleep,         // 400 days
  device_clock,  // a device's clock jumps
  office_clock,  // the office's clock is set back a little
  crash_device,  // at some disk operation of its next action
  crash_office,  // the same
  disk_error,    // one operation of a device or the office fails
  backup,
  restore,    // from any earlier backup
  regret,     // the wrong backup is put back, people go on, then the right one
  lost_week,  // a backup from before a week in which devices forgot what they had sent
  purge,  // a case is closed, ordered erased, approved by another, and erased; or one that was cut short goes on
  resurrect,  // somebody tries to bring an erased case back
  count_
};
[[nodiscard]] std::string_view name_of(Kind kind);

struct Action {
  Kind kind = Kind::edit;
  std::uint64_t salt = 0;
};

struct Knobs {
  int agents = 2;
  int cases = 4;
  bool keyed = false;
  bool clones = false;
  int old_devices = 0;  // of a hundred, those that begin at the schema's version before
  std::size_t page_bytes = 3'000'000;
  client::PushLimits push;
  // of a hundred exchanges
  int lost = 0, answer_lost = 0, repeated = 0, delayed = 0, garbled = 0;
  int naughty = 4;  // of a hundred edits, those that a rule refuses
};

struct Plan {
  std::uint64_t seed = 0;
  Knobs knobs;
  std::vector<Action> actions;
};

[[nodiscard]] Plan plan_of(std::uint64_t seed, int steps);

}  // namespace relance::sim
