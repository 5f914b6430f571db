// Many operations of the office as mutations of the size that the protocol allows, in the Work that is open.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "host/failure.h"
#include "server/ledger.h"
#include "sync/limits.h"

namespace relance::server {

class EditBatch {
 public:
  EditBatch(Ledger& ledger, const Author& author, std::string intent)
      : ledger_(ledger), author_(author), intent_(std::move(intent)) {}

  void add(sync::Op op) {
    ops_.push_back(std::move(op));
    if (ops_.size() == sync::kEditOpsMax) flush();
  }

  /// Failure{refused} when a rule forbids a part: the Work must not be committed then, so nothing is half done.
  void flush() {
    if (ops_.empty()) return;
    const sync::Outcome outcome = ledger_.apply_office(author_, intent_, std::move(ops_));
    ops_.clear();
    if (outcome.status == sync::Status::applied) return;
    const std::string why =
        outcome.reason.empty() ? std::string(sync::name_of(outcome.status)) : outcome.reason;
    if (outcome.reason == sync::reason::restricted)
      throw Failure(Code::restricted,
                    std::string(facts_of(Code::restricted).sentence) + " Nothing was stored.");
    throw Failure(Code::refused, "A rule forbids it (" + why + "). Nothing was stored.");
  }

 private:
  Ledger& ledger_;
  const Author& author_;
  std::string intent_;
  std::vector<sync::Op> ops_;
};

}  // namespace relance::server
