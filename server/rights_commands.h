// The office's commands on the rights of persons: request, rectify, restrict, hold, access, register.
#pragma once

#include <boost/json/array.hpp>

#include "server/command_context.h"
#include "server/person_requests.h"

namespace CLI {
class App;
}

namespace relance::server {

/// All of them.
void add_rights_commands(CLI::App& app, CommandContext& context);

void add_request_commands(CLI::App& app, CommandContext& context);      // request, rectify
void add_restriction_commands(CLI::App& app, CommandContext& context);  // restrict, unrestrict, restricted
void add_hold_commands(CLI::App& app, CommandContext& context);         // hold
void add_access_command(CLI::App& app, CommandContext& context);        // access
void add_register_command(CLI::App& app, CommandContext& context);      // register

/// Devices and whether something has reached them, for scripts and people.
[[nodiscard]] boost::json::array reach_json(const std::vector<Reach>& devices);
[[nodiscard]] std::string reach_text(const std::vector<Reach>& devices);

[[nodiscard]] boost::json::array alarms_json(const std::vector<RightsAlarm>& alarms);

/// The office's day, as a date.
[[nodiscard]] CivilDate today_of(const CommandContext& context);
/// A day as an option takes it; empty: today.
[[nodiscard]] CivilDate day_or_today(const CommandContext& context, const std::string& typed);

}  // namespace relance::server
