// The one exception type of both programs: a failure of the world (disk, socket, key, corrupt file) or
// of what was typed, with a stable code. Caught at one place a program: the request boundary and main().
// Outcomes of the domain (merged, conflict, refused) are values and never come this way.
#pragma once

#include <exception>
#include <span>
#include <string>
#include <string_view>

namespace relance {

/// What a caller can react to. The table in failure.cpp gives each its stable name, its HTTP status,
/// its exit code and whether to try again: a code exists only if some caller behaves differently for it.
enum class Code {
  usage,               // the command line is wrong
  not_found,           // the named thing does not exist (or is not yours to see)
  exists,              // the directory or name is already taken
  refused,             // a rule of the trade forbids it
  restricted,          // processing of the case is restricted
  bad_file,            // a file from outside cannot be read as what it should be
  bad_request,         // a request is not what the protocol says
  too_large,           // over a limit of the protocol
  unauthorised,        // no certificate, or one that does not name a known device
  forbidden,           // known, but not allowed
  code_refused,        // enrolment code wrong, used or expired
  suspended,           // the device is suspended or frozen: its edits go to quarantine
  wiped,               // the device is told to wipe, or has done so
  locked,              // the replica is locked: lease over, or the passphrase is missing or wrong
  epoch,               // the request is of another epoch
  resume_unknown,      // the resume token is neither the used one nor an offered one
  bootstrap_required,  // the cursor is below what the feed still remembers
  busy,                // another sync of this device, or another writer, is at work
  overload,            // too much to do now; come back later
  upgrade_required,    // protocol or schema version is not served
  unreachable,         // nobody answers at the address
  certificate,         // the other side's certificate, or ours, was not accepted
  login_page,          // somebody else answered: a login page, a filter, a proxy
  wrong_clock,         // this machine's clock makes valid certificates look invalid
  protocol,            // the server's answer is not what the protocol says
  plaintext,           // the SQLite engine does not encrypt
  wrong_key,           // the database does not open with this key, or is no database
  corrupt,             // data on disk is damaged
  disk_full,           // no space left
  io,                  // another failure of disk or file system
  constraint,          // the database refused a row (foreign key, unique)
  internal,            // a defect of ours
};

enum class Retry { never, later, after_person };

struct CodeFacts {
  Code code;
  std::string_view name;  // stable: scripts and other programs rely on it
  int http_status;
  int exit_code;  // contract: 1 failed, 2 usage, 3 rule, 4 unreachable, 5 locked/suspended/wiped
  Retry retry;
  std::string_view sentence;  // what a person reads when the failure has no words of its own
};

[[nodiscard]] std::span<const CodeFacts> all_codes();
[[nodiscard]] const CodeFacts& facts_of(Code code);

class Failure : public std::exception {
 public:
  /// `message`: one sentence that says what, where and what to do; no personal data, no SQL.
  Failure(Code code, std::string message) : code_(code), message_(std::move(message)) {}

  [[nodiscard]] Code code() const { return code_; }
  [[nodiscard]] const std::string& message() const { return message_; }
  [[nodiscard]] const char* what() const noexcept override { return message_.c_str(); }

 private:
  Code code_;
  std::string message_;
};

/// States what must be true. Stays on in release: prints and ends the process, because going on
/// with a broken invariant is how data is lost.
[[noreturn]] void assertion_failed(const char* what, const char* file, int line);

}  // namespace relance

#define RELANCE_ASSERT(condition) \
  (static_cast<bool>(condition) ? void(0) : ::relance::assertion_failed(#condition, __FILE__, __LINE__))
