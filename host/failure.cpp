#include "host/failure.h"

#include <cstdio>
#include <cstdlib>

namespace relance {
namespace {

constexpr CodeFacts kCodes[] = {
    {Code::usage, "usage", 400, 2, Retry::never, "The command is not one this program knows; see --help."},
    {Code::not_found, "not_found", 404, 1, Retry::never, "There is no such thing here."},
    {Code::exists, "exists", 409, 1, Retry::never, "It exists already; nothing was changed."},
    {Code::refused, "refused", 422, 3, Retry::after_person, "A rule forbids this."},
    {Code::restricted, "restricted", 403, 3, Retry::after_person,
     "Processing of this case is restricted (GDPR art. 18): it is kept, and nothing is done on it."},
    {Code::bad_file, "bad_file", 400, 1, Retry::after_person,
     "The file cannot be read as what it should be."},
    {Code::bad_request, "bad_request", 400, 1, Retry::never, "The request is not what the protocol says."},
    {Code::too_large, "too_large", 413, 1, Retry::never, "The request is over a limit of the protocol."},
    {Code::unauthorised, "unauthorised", 401, 5, Retry::after_person,
     "This needs the certificate of an enrolled device."},
    {Code::forbidden, "forbidden", 403, 3, Retry::never, "This is not allowed."},
    {Code::code_refused, "code_refused", 403, 3, Retry::after_person,
     "The enrolment code is wrong, already used or older than 15 minutes: ask the office for a new one."},
    {Code::suspended, "suspended", 403, 5, Retry::after_person,
     "This device is suspended: its edits are kept for the office to decide."},
    {Code::wiped, "wiped", 403, 5, Retry::never, "The office has ordered this replica to be wiped."},
    {Code::locked, "locked", 423, 5, Retry::after_person, "The replica is locked."},
    {Code::epoch, "epoch", 409, 1, Retry::later,
     "The server has been restored since; the device compares first."},
    {Code::resume_unknown, "resume_unknown", 409, 1, Retry::later, "The resume token is not known."},
    {Code::bootstrap_required, "bootstrap_required", 409, 1, Retry::later,
     "The device was away too long for a delta; it reads its cases anew."},
    {Code::busy, "busy", 409, 1, Retry::later, "Another sync of this device is at work."},
    {Code::overload, "overload", 503, 4, Retry::later, "The server has too much to do now; try again later."},
    {Code::upgrade_required, "upgrade_required", 426, 1, Retry::after_person,
     "The server and this program are too far apart in version; update this program."},
    {Code::unreachable, "unreachable", 502, 4, Retry::later, "The server cannot be reached."},
    {Code::certificate, "certificate", 495, 4, Retry::after_person, "The certificate was not accepted."},
    {Code::login_page, "login_page", 511, 4, Retry::after_person,
     "Something else answered in the server's place, such as a login page."},
    {Code::wrong_clock, "wrong_clock", 495, 4, Retry::after_person, "This computer's clock is wrong."},
    {Code::protocol, "protocol", 502, 1, Retry::later, "The server's answer could not be understood."},
    {Code::plaintext, "plaintext", 500, 1, Retry::after_person,
     "The database engine found here does not encrypt; install SQLCipher or pass --allow-plaintext."},
    {Code::wrong_key, "wrong_key", 500, 5, Retry::after_person, "The database does not open with this key."},
    {Code::corrupt, "corrupt", 500, 1, Retry::after_person, "Data on this disk is damaged."},
    {Code::disk_full, "disk_full", 507, 1, Retry::after_person, "The disk is full; nothing was changed."},
    {Code::io, "io", 503, 1, Retry::later, "The disk or file system failed."},
    {Code::constraint, "constraint", 422, 3, Retry::never, "The database refused the row."},
    {Code::internal, "internal", 500, 1, Retry::later,
     "A defect of this program stopped the work; nothing was half done."},
};

}  // namespace

std::span<const CodeFacts> all_codes() { return kCodes; }

const CodeFacts& facts_of(Code code) {
  for (const CodeFacts& facts : kCodes)
    if (facts.code == code) return facts;
  assertion_failed("every code has its facts", __FILE__, __LINE__);
}

void assertion_failed(const char* what, const char* file, int line) {
  std::fprintf(stderr, "relance: assertion failed: %s (%s:%d)\n", what, file, line);
  std::fflush(stderr);
  std::abort();
}

}  // namespace relance
