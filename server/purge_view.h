// A purge as people and scripts see it: tables on screen, JSON, and its certificate on paper.
#pragma once

#include <boost/json.hpp>
#include <string>
#include <vector>

#include "server/purge.h"

namespace relance::server {

[[nodiscard]] boost::json::object purge_json(const PurgeRun& run);
[[nodiscard]] boost::json::object item_json(const PurgeItem& item);
[[nodiscard]] boost::json::object device_json(const PurgeDevice& device, Ms now);

/// done, due, wiped or "expired, unconfirmed": never "erased" for a device that has not said so.
[[nodiscard]] std::string device_standing(const PurgeDevice& device);

[[nodiscard]] std::string items_text(const std::vector<PurgeItem>& items);
[[nodiscard]] std::string devices_text(const std::vector<PurgeDevice>& devices);
/// One sentence: where the run stands, and what is missing.
[[nodiscard]] std::string standing_of(const PurgeRun& run, const std::vector<PurgeDevice>& devices);

/// What was erased, when, by which rules and whose decision, what is kept and until when, which devices have answered,
/// from when no backup holds it any more.
struct PurgeCertificate {
  std::string organisation;
  PurgeRun run;
  std::vector<PurgeItem> items;
  std::vector<PurgeDevice> devices;
  std::vector<RetentionRule> rules;  // in force when it was planned
  ErasureHead head;                  // of the erasure ledger
  Ms backup_before = 0;  // backups taken before this moment still hold the cases; they erase on restore
};
[[nodiscard]] PurgeCertificate certificate_of(sql::Connection& db, const Id& run);
[[nodiscard]] boost::json::object certificate_json(const PurgeCertificate& certificate, Ms now);
[[nodiscard]] std::string certificate_pdf(const PurgeCertificate& certificate);

}  // namespace relance::server
