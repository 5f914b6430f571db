#include "server/refused_file.h"

#include "host/terminal.h"

namespace relance::server {

namespace json = boost::json;

json::array places_json(std::span<const RefusedPlace> places) {
  json::array out;
  for (const RefusedPlace& place : places)
    out.push_back(
        json::object{{"line", place.line},
                     {"column", place.column.empty() ? json::value(nullptr) : json::value(place.column)},
                     {"why", place.what}});
  return out;
}

int tell_refused(const CommandContext& context, const Failure& failure, const RefusedFile& file) {
  ErrorReport report("relance-server");
  if (context.json)  // the lines that are wrong stand in the error too: a script can show them
    print_json(json::object{{"error", json::object{{"code", facts_of(failure.code()).name},
                                                   {"message", failure.message()},
                                                   {"refused", places_json(file.places)},
                                                   {"refused_count", file.count}}}});
  const int exit_code = report.tell(failure);
  for (const RefusedPlace& place : file.places) say("  " + place.sentence);
  if (file.count > file.places.size())
    say("  and " + std::to_string(file.count - file.places.size()) + " more");
  return exit_code;
}

}  // namespace relance::server
