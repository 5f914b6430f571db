// Requests that two parsers could read differently, or one for ever: the table that both the edge's tests and the real
// server's are held to. Data; who plays it is somebody else.
#pragma once

#include <string>
#include <vector>

namespace relance::hostile {

struct Shape {
  std::string name;
  std::string bytes;
  /// Refused: one answer of 400 or more and the end of the connection, whatever stands behind it.
  /// Otherwise it is odd but lawful: exactly one request, and what stands behind it is the next.
  bool is_refused = true;
};

/// What is sent right behind every shape. Read as a request after a refused one, it has been smuggled.
[[nodiscard]] std::string follow_up();
[[nodiscard]] std::vector<Shape> shapes();

}  // namespace relance::hostile
