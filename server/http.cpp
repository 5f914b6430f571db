// Refusals as problem+json.
#include "server/http.h"

#include <boost/json.hpp>

namespace relance {

HttpAnswer problem_answer(int status, std::string_view code, std::string_view title,
                          std::string_view detail) {
  boost::json::object body{{"type", "about:blank"}, {"title", title}, {"status", status}, {"code", code}};
  if (!detail.empty()) body["detail"] = detail;
  return {.status = status,
          .content_type = "application/problem+json",
          .body = boost::json::serialize(body),
          .retry_after_s = status == 503 ? kOverloadRetrySeconds : 0};
}

HttpAnswer problem_answer(const Failure& failure) {
  const CodeFacts& facts = facts_of(failure.code());
  return problem_answer(facts.http_status, facts.name, facts.sentence, failure.message());
}

}  // namespace relance
