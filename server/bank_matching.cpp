#include "server/bank_matching.h"

#include <algorithm>
#include <unordered_map>

#include "host/failure.h"
#include "host/value_text.h"
#include "rules/payment_match.h"
#include "server/case_view.h"
#include "server/edit_batch.h"
#include "server/op_draft.h"

namespace relance::server {
namespace {

constexpr std::size_t kKeyLength = 8;
constexpr std::size_t kKeyLengthMin = 6;

constexpr std::string_view kLines =
    "SELECT l.id, l.reference, coalesce(l.booked_on, ''), coalesce(l.value_on, ''), l.currency,"
    " coalesce(l.label, ''), coalesce(l.payer, ''), coalesce(l.return_code, ''), l.state, coalesce(c.number, "
    "''),"
    " l.amount_cents FROM bank_line l LEFT JOIN case_file c ON c.id = l.case_id";
// Money that may have come back, and payments that debtors told of: what a line of that amount may be.
constexpr std::string_view kReceived =
    "SELECT case_id, amount_cents FROM payment WHERE state = 'received'"
    " AND id NOT IN (SELECT amends_id FROM payment WHERE amends_id IS NOT NULL AND state <> 'declared')";
constexpr std::string_view kDeclared =
    "SELECT case_id, amount_cents FROM payment WHERE state = 'declared'"
    " AND id NOT IN (SELECT amends_id FROM payment WHERE amends_id IS NOT NULL)";

BankLineRow line_of(const sql::Query& q) {
  return {.id = q.id(0),
          .reference = q.text(1),
          .booked_on = q.text(2),
          .value_on = q.text(3),
          .currency = q.text(4),
          .label = q.text(5),
          .payer = q.text(6),
          .return_code = q.text(7),
          .state = q.text(8),
          .case_number = q.text(9),
          .amount_cents = q.integer(10),
          .proposals = {}};
}

/// The cases as a line can name them; `expected`: a query of amounts by case.
class Candidates {
 public:
  Candidates(sql::Connection& db, const std::vector<CaseLine>& lines, std::string_view expected) {
    std::unordered_map<Id, std::string> pieces;  // by claim
    {
      sql::Query q(db, "SELECT id, piece_ref FROM claim WHERE state = 'open' AND piece_ref IS NOT NULL");
      while (q.next()) pieces.emplace(q.id(0), folded(q.view(1)));
    }
    std::unordered_map<Id, std::vector<std::int64_t>> amounts;
    {
      sql::Query q(db, expected);
      while (q.next()) amounts[q.id(0)].push_back(q.integer(1));
    }
    std::vector<PayableCase> cases;
    for (const CaseLine& line : lines) {
      PayableCase one{.number = folded(line.facts.number),
                      .debtor = folded(line.facts.debtor),
                      .pieces = {},
                      .asked_cents = line.asked_cents,
                      .expected_cents = amounts[line.facts.id]};
      for (std::size_t i = 0; i < line.facts.claims.size(); ++i)
        if (const auto piece = pieces.find(line.facts.claims[i].id); piece != pieces.end())
          one.pieces.push_back({piece->second, line.open_cents[i]});
      cases.push_back(std::move(one));
      ids_.push_back({line.facts.id, line.facts.number, line.facts.debtor});
    }
    matcher_.emplace(std::move(cases));
  }

  [[nodiscard]] std::vector<LineProposal> propose(const BankLineRow& line) const {
    std::vector<LineProposal> out;
    const PaidLine paid{
        .amount_cents = std::abs(line.amount_cents),
        .text = folded(line.label + " " + line.reference.substr(0, line.reference.rfind('~') + 1)),
        .payer = folded(line.payer)};
    for (const MatchProposal& one : matcher_->propose(paid, kProposalsShown)) {
      LineProposal& shown = out.emplace_back(ids_[one.place]);
      shown.score = one.score;
      for (const MatchReason reason : one.reasons) shown.reasons.push_back(name_of(reason));
    }
    return out;
  }

 private:
  std::vector<LineProposal> ids_;  // without scores
  std::optional<PaymentMatcher> matcher_;
};

BankLineRow open_line(sql::Connection& db, const Id& id) {
  sql::Query q(db, std::string(kLines) + " WHERE l.id = ?1", id);
  if (!q.next()) throw Failure(Code::not_found, "There is no such line; `relance-server bank` lists them.");
  BankLineRow line = line_of(q);
  if (line.state != "open")
    throw Failure(Code::refused, "Somebody has said already what this line is (" + line.state +
                                     "); `relance-server bank --all` shows it. Nothing was stored.");
  return line;
}

/// The open claims of the case whose pieces a person named. Failure{not_found} for one that is not there.
std::vector<Id> claims_named(sql::Connection& db, const Id& case_id, const std::vector<std::string>& pieces) {
  std::vector<Id> out;
  for (const std::string& piece : pieces) {
    const std::size_t before = out.size();
    sql::Query q(db, "SELECT id FROM claim WHERE case_id = ?1 AND piece_ref = ?2 AND state = 'open'", case_id,
                 piece);
    while (q.next()) out.push_back(q.id(0));
    if (out.size() == before)
      throw Failure(Code::not_found,
                    "The case has no open piece of that number; `relance-server case` shows them. "
                    "Nothing was stored.");
  }
  return out;
}

sync::Op said_op(const BankLineRow& line, std::string_view state, const Id& case_id, const Id& payment) {
  return OpDraft(sync::OpKind::update, "bank_line", line.id)
      .set("state", std::string(state), line.state)
      .set("case_id", case_id)
      .set("payment_id", payment)
      .take();
}

PaymentMade receive_line(Ledger& ledger, const Author& author, const BankLineRow& line,
                         const LineMatch& match, const std::string& today) {
  sql::Connection& db = ledger.db();
  Receipt receipt{.case_id = match.case_id,
                  .amount_cents = line.amount_cents,
                  .paid_on = line.value_on.empty() || line.value_on > today ? line.booked_on : line.value_on,
                  .bank_ref = line.reference,
                  .declared = match.payment,
                  .interest_cents = match.interest_cents,
                  .indemnity_cents = match.indemnity_cents};
  const auto debtor = sql::text(db,
                                "SELECT coalesce(d.legal_name, d.trade_name, '') FROM case_file c"
                                " JOIN debtor d ON d.id = c.debtor_id WHERE c.id = ?1",
                                match.case_id);
  if (folded(debtor.value_or("")) != folded(line.payer)) receipt.payer = line.payer;
  receipt.chosen = claims_named(db, match.case_id, match.pieces);
  receipt.said = line.label;
  return receive_payment(ledger, author, receipt, today);
}

PaymentReturned return_line(Ledger& ledger, const Author& author, const BankLineRow& line,
                            const LineMatch& match) {
  const auto payment =
      match.payment ? match.payment
                    : returnable_payment(ledger.db(), match.case_id, -line.amount_cents, line.booked_on);
  if (!payment)
    throw Failure(
        Code::refused,
        "The case has no received payment of this amount that could have come back; name it with --payment, "
        "or ignore the line. Nothing was stored.");
  const auto amount =
      sql::number(ledger.db(), "SELECT amount_cents FROM payment WHERE id = ?1 AND case_id = ?2", *payment,
                  match.case_id);
  if (amount != -line.amount_cents)
    throw Failure(Code::refused, "That is no payment of this case and amount. Nothing was stored.");
  return return_payment(ledger, author, *payment, line.booked_on, line.reference);
}

}  // namespace

std::string BankLineRow::key() const {
  return reference.substr(reference.size() < kKeyLength ? 0 : reference.size() - kKeyLength);
}

std::vector<BankLineRow> bank_lines(sql::Connection& db, bool only_open, std::string_view today) {
  const std::vector<CaseLine> cases = list_cases(db, {}, std::string(today));
  const sql::Transaction snapshot(db, sql::Access::read);
  std::vector<BankLineRow> out;
  {
    sql::Query q(db, std::string(kLines) + (only_open ? " WHERE l.state = 'open'" : "") +
                         " ORDER BY l.booked_on, l.id");
    while (q.next()) out.push_back(line_of(q));
  }
  const Candidates receipts(db, cases, kDeclared), returns(db, cases, kReceived);
  for (BankLineRow& line : out)
    if (line.state == "open") line.proposals = (line.amount_cents > 0 ? receipts : returns).propose(line);
  return out;
}

Id bank_line_named(sql::Connection& db, const std::string& name) {
  if (const auto id = Id::parse(name))
    if (const auto there = sql::id(db, "SELECT id FROM bank_line WHERE id = ?1", *id)) return *there;
  if (const auto id = sql::id(db, "SELECT id FROM bank_line WHERE reference = ?1", name)) return *id;
  std::vector<Id> found;
  if (name.size() >= kKeyLengthMin) {
    sql::Query q(db, "SELECT id, reference FROM bank_line");
    while (q.next())
      if (q.view(1).ends_with(name)) found.push_back(q.id(0));
  }
  if (found.empty())
    throw Failure(Code::not_found,
                  "There is no such line; `relance-server bank` lists them with their keys.");
  if (found.size() > 1) throw Failure(Code::usage, "Several lines end so; give the whole reference.");
  return found.front();
}

MatchedLine match_line(Ledger& ledger, const Author& author, const Id& id, const LineMatch& match,
                       const std::string& today) {
  const BankLineRow line = open_line(ledger.db(), id);
  if (line.currency != "EUR")
    throw Failure(
        Code::refused,
        "The line is not in euros; the bank's conversion to euros is its own line. Nothing was stored.");
  MatchedLine out;
  EditBatch edits(ledger, author, "bank.match");
  if (line.amount_cents > 0) {
    out.made = receive_line(ledger, author, line, match, today);
    edits.add(said_op(line, "matched", match.case_id, out.made->payment));
  } else {
    out.returned = return_line(ledger, author, line, match);
    edits.add(said_op(line, "returned", match.case_id, out.returned->payment));
  }
  edits.flush();
  return out;
}

void ignore_line(Ledger& ledger, const Author& author, const Id& id) {
  const BankLineRow line = open_line(ledger.db(), id);
  EditBatch edits(ledger, author, "bank.ignore");
  edits.add(OpDraft(sync::OpKind::update, "bank_line", line.id)
                .set("state", std::string("ignored"), line.state)
                .take());
  edits.flush();
}

}  // namespace relance::server
