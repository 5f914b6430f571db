// What the office can open although nobody here can: the data key, should the passphrase be forgotten, and the last
// word of a replica that has to go with edits still in it (docs/decisions/018-keys.md).
//
//   seal.crt       the office's certificate to seal to          delivery.key   sealed under the data key
//   delivery.crt   allows to deliver what was sealed here       unsent-ID.json unsent-ID.cms   a last word that waits
#pragma once

#include <string>
#include <vector>

#include "client/desk.h"
#include "client/session.h"
#include "sync/sealed.h"

namespace relance::client {

/// Hands the data key over, sealed, and learns what a last word needs; once in an epoch, since a restored office may
/// lack it. Nothing where the office is too old to know of it.
void seal_key_to_office(const Home& home, const Secret& data_key, OpenReplica& open, Transport& office);

/// Has this home what it takes to seal a last word?
[[nodiscard]] bool can_seal_last_word(const Home& home);

/// Writes the replica's last word beside it, readable by the office only, with what delivers it. From then on the
/// replica may go. `unsent`: how many edits the office has not got in any other way. REQUIRES: can_seal_last_word().
void seal_last_word(const Home& home, const Secret& data_key, const OpenReplica& open, sync::Gone why,
                    std::int64_t unsent);

/// Replicas of this home that are gone and whose last word the office has not yet heard.
struct LastWord {
  Id device;
  std::filesystem::path note, sealed;
  std::int64_t edits = 0;
};
[[nodiscard]] std::vector<LastWord> last_words(const Home& home);

/// Delivers one and removes it: no passphrase is needed for that. Failure{unreachable …} leaves it where it is.
void deliver_last_word(const LastWord& word);

/// A last word of a replica that lives (its office has let it go on, or a power cut came between) is none.
void forget_last_word(const Home& home, const Id& living);

}  // namespace relance::client
