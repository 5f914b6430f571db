#include "host/mandate_query.h"

namespace relance {

MandateStanding mandate_standing(sql::Connection& db, const Id& case_id, std::string_view iso_day) {
  sql::Query q(db,
               "SELECT capacity, in_force FROM"
               " (SELECT m.capacity, m.id, m.created_at, coalesce(m.valid_from, '') AS since,"
               "   CASE WHEN coalesce(m.signed_on, '9999-12-31') <= ?2 AND coalesce(m.valid_from, '') <= ?2"
               "    AND coalesce(m.valid_to, '9999-12-31') >= ?2 THEN 1 ELSE 0 END AS in_force"
               "  FROM case_file c JOIN mandate m ON m.id = c.mandate_id"
               "   OR (c.mandate_id IS NULL AND m.creditor_id = c.creditor_id) WHERE c.id = ?1) one"
               " ORDER BY in_force DESC, since DESC, created_at DESC, id DESC LIMIT 1",
               case_id, iso_day);
  if (!q.next()) return {};
  return {.is_agency = q.view(0) == "agency", .is_in_force = q.integer(1) != 0};
}

}  // namespace relance
