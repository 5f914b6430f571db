// Keeps the data key in one process's locked memory, so that a morning's commands ask for the passphrase once. It
// serves a private Unix socket in the home (0600, and only to its own account) until nobody asked for a while.
#pragma once

#include <chrono>
#include <optional>

#include "client/home.h"

namespace relance::client {

/// The data key, if a holder serves it.
[[nodiscard]] std::optional<Secret> ask_key_holder(const Home& home);

/// Starts a holder in the background; true once it serves. It ends after `idle` without a question.
[[nodiscard]] bool start_key_holder(const Home& home, const Secret& data_key, std::chrono::seconds idle);

/// Ends it and forgets the key; false when none ran.
bool stop_key_holder(const Home& home);

}  // namespace relance::client
