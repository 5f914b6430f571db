// The wire form of what requests and answers say of the audit log and of readings. Tolerant on both sides: what is
// damaged or over a bound is passed over, and no request is refused for it.
#pragma once

#include <boost/json.hpp>
#include <string>
#include <vector>

#include "sync/audit.h"

namespace relance::sync {

/// Appends `,"audit":{…}` and `,"reads":[…]` where there is something to say.
void append_audit(std::string& out, const AuditDemand& demand);
void append_reads(std::string& out, const std::vector<CaseRead>& reads);
[[nodiscard]] AuditDemand read_audit_demand(const boost::json::object& request);
[[nodiscard]] std::vector<CaseRead> read_reads(const boost::json::object& request);

void append_audit(std::string& out, const AuditWord& word);
/// `epoch`: the answer's, in which the head was signed.
[[nodiscard]] std::optional<AuditWord> read_audit_word(const boost::json::object& answer, const Id& epoch);

}  // namespace relance::sync
