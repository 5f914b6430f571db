#include "server/daily.h"

#include <algorithm>

#include "host/dated_rules.h"
#include "host/local_day.h"
#include "host/received_money.h"
#include "rules/decision.h"
#include "rules/plan_state.h"
#include "server/edit_batch.h"
#include "server/op_draft.h"

namespace relance::server {
namespace {

// Agents read it on the account, so it is in its language.
constexpr std::string_view kDiscountLabel = "Remise acquise";
constexpr std::string_view kDiscountBackLabel = "Remise annulée : paiement rejeté";

struct Promise {
  Id id, case_id;
  PromiseMade made;
  std::string state;
  std::optional<CivilDate> replaced_on;
};

struct Plan {
  Id id, case_id;
  std::string state;
  CivilDate begun_on;
  std::vector<Instalment> instalments;
};

struct Discount {
  Id proposal_id, case_id;
  std::int64_t amount_cents = 0, rest_cents = 0;
  std::string begun_on, until_on;
};

class Daily {
 public:
  Daily(Ledger& ledger, const Author& author, std::string_view day)
      : ledger_(ledger),
        db_(ledger.db()),
        day_text_(day),
        day_(parse_civil_date(day).value_or(CivilDate{})),
        edits_(ledger, author, "office.daily"),
        grace_days_(dated_amount(ledger.db(), "promise_grace_days", day)) {}

  DailyReport run() {
    for (const Promise& promise : promises()) judge(promise);
    for (const Plan& plan : plans()) judge(plan);
    for (const Discount& discount : discounts()) judge(discount);
    edits_.flush();
    return report_;
  }

 private:
  std::vector<Promise> promises() {
    std::vector<Promise> out;
    sql::Query q(db_,
                 "SELECT id, case_id, created_at, due_on, amount_cents, state,"
                 " (SELECT min(n.created_at) FROM promise n WHERE n.amends_id = p.id) FROM promise p"
                 " WHERE state <> 'superseded' ORDER BY created_at, id");
    while (q.next()) {
      const auto made_on = parse_civil_date(local_day(q.integer(2))), due_on = parse_civil_date(q.view(3));
      if (!made_on || !due_on) continue;
      out.push_back({.id = q.id(0),
                     .case_id = q.id(1),
                     .made = {.made_on = *made_on, .due_on = *due_on, .amount_cents = q.integer(4)},
                     .state = q.text(5),
                     .replaced_on = q.is_null(6) ? std::nullopt : parse_civil_date(local_day(q.integer(6)))});
    }
    return out;
  }

  std::vector<MoneyReceived> received(const Id& case_id) {
    std::vector<MoneyReceived> out;
    for (const ReceivedOn& money : received_money(db_, case_id))
      if (const auto on = money.known_on <= day_text_ ? parse_civil_date(money.day) : std::nullopt)
        out.push_back({*on, money.cents});
    return out;
  }

  void set_state(std::string_view table, const Id& row, const std::string& from, std::string_view to) {
    OpDraft draft(sync::OpKind::update, table, row);
    draft.set("state", Value{std::string(to)}, Value{from});
    edits_.add(draft.take());
  }

  void judge(const Promise& promise) {
    const auto money = received(promise.case_id);
    if (promise.replaced_on && is_superseded(promise.made, money, *promise.replaced_on, grace_days_)) {
      set_state("promise", promise.id, promise.state, "superseded");
      ++report_.promises_superseded;
      return;
    }
    const PromiseState state = judge_promise(promise.made, money, day_, grace_days_).state;
    if (name_of(state) == promise.state) return;
    set_state("promise", promise.id, promise.state, name_of(state));
    if (state == PromiseState::kept) ++report_.promises_kept;
    if (state == PromiseState::partly) ++report_.promises_partly;
    if (state == PromiseState::broken) ++report_.promises_broken;
  }

  std::vector<Plan> plans() {
    std::vector<Plan> out;
    sql::Query q(
        db_,
        "SELECT p.id, p.case_id, coalesce((SELECT max(d.created_at) FROM proposal o"
        "  JOIN decision d ON d.proposal_id = o.id WHERE o.plan_id = p.id AND d.verdict = 'approved'),"
        "  p.created_at), p.state FROM payment_plan p WHERE p.state IN ('active', 'kept')"
        " ORDER BY p.created_at, p.id");
    while (q.next())
      out.push_back({.id = q.id(0),
                     .case_id = q.id(1),
                     .state = q.text(3),
                     .begun_on = parse_civil_date(local_day(q.integer(2))).value_or(day_),
                     .instalments = {}});
    for (Plan& plan : out) {
      sql::Query parts(
          db_, "SELECT position, due_on, amount_cents FROM instalment WHERE plan_id = ?1 ORDER BY position",
          plan.id);
      while (parts.next())
        if (const auto due_on = parse_civil_date(parts.view(1)))
          plan.instalments.push_back({parts.integer(0), *due_on, parts.integer(2)});
    }
    std::erase_if(out, [](const Plan& plan) { return plan.instalments.empty(); });
    return out;
  }

  // A plan that was kept stays so unless money of it went back: a person may have said that it is kept.
  void judge(const Plan& plan) {
    const auto money = received(plan.case_id);
    const bool is_settled = plan.state != name_of(PlanState::active);
    const auto went_back = [&](const MoneyReceived& one) { return one.cents < 0 && one.on >= plan.begun_on; };
    if (is_settled && std::none_of(money.begin(), money.end(), went_back)) return;
    const PlanState state = judge_plan(plan.instalments, plan.begun_on, money, day_, grace_days_).state;
    if (name_of(state) == plan.state) return;
    set_state("payment_plan", plan.id, plan.state, name_of(state));
    if (state == PlanState::kept) ++report_.plans_kept;
    if (state == PlanState::broken) ++report_.plans_broken;
    if (state == PlanState::active) ++report_.plans_reopened;
  }

  std::vector<Discount> discounts() {
    std::vector<Discount> out;
    sql::Query q(db_,
                 "SELECT p.id, p.case_id, p.amount_cents, p.balance_cents, p.created_at, p.until_on"
                 " FROM proposal p JOIN decision d ON d.proposal_id = p.id"
                 " WHERE p.kind = 'discount' AND d.verdict = 'approved' AND p.until_on IS NOT NULL"
                 " AND p.amount_cents > 0 AND p.balance_cents > p.amount_cents ORDER BY p.created_at, p.id");
    while (q.next())
      out.push_back({.proposal_id = q.id(0),
                     .case_id = q.id(1),
                     .amount_cents = q.integer(2),
                     .rest_cents = q.integer(3) - q.integer(2),
                     .begun_on = local_day(q.integer(4)),
                     .until_on = q.text(5)});
    return out;
  }

  // The entry bears the proposal's id as its piece: a discount is granted once, however often this runs. It has no
  // source key, which would make it a line of the creditor's ledger that the next import finds vanished.
  void judge(const Discount& discount) {
    std::int64_t received_cents = 0;
    bool went_back = false;
    for (const ReceivedOn& money : received_money(db_, discount.case_id)) {
      if (money.day < discount.begun_on || money.day > discount.until_on || money.known_on > day_text_)
        continue;
      received_cents += money.cents;
      went_back = went_back || money.cents < 0;
    }
    const SettlementState state =
        settlement_of(discount.rest_cents, received_cents, discount.until_on, day_text_);
    const auto granted = sql::number(
        db_,
        "SELECT CAST(sum(amount_cents) AS BIGINT) FROM entry WHERE case_id = ?1 AND piece_ref = ?2"
        " AND settled = 0",
        discount.case_id, discount.proposal_id.text());
    if (granted) {
      if (*granted < 0 && state != SettlementState::granted && went_back) take_back(discount);
    } else if (state == SettlementState::granted) {
      write_discount(discount, kDiscountLabel, -discount.amount_cents, false);
      ++report_.discounts_granted;
    } else if (state == SettlementState::lapsed) {
      ++report_.discounts_lapsed;  // nothing was taken off, nothing comes back
    }
  }

  // The rest had come, and went back: the condition never came about. Neither entry is a credit from then on.
  void take_back(const Discount& discount) {
    std::vector<Id> entries;
    sql::Query q(db_,
                 "SELECT id FROM entry WHERE case_id = ?1 AND piece_ref = ?2 AND settled = 0 ORDER BY id",
                 discount.case_id, discount.proposal_id.text());
    while (q.next()) entries.push_back(q.id(0));
    for (const Id& entry : entries)
      edits_.add(OpDraft(sync::OpKind::update, "entry", entry)
                     .set("settled", std::int64_t{1}, std::int64_t{0})
                     .take());
    write_discount(discount, kDiscountBackLabel, discount.amount_cents, true);
    ++report_.discounts_taken_back;
  }

  void write_discount(const Discount& discount, std::string_view label, std::int64_t cents, bool is_settled) {
    OpDraft draft(sync::OpKind::insert, "entry", ledger_.random().row_id(ledger_.now()));
    draft.set("case_id", Value{discount.case_id}).set("kind", "adjustment").set("account", "411000");
    draft.set("label", label).set("booked_on", day_text_).set("amount_cents", Value{cents});
    draft.set("settled", std::int64_t{is_settled}).set("piece_ref", discount.proposal_id.text());
    edits_.add(draft.take());
  }

  Ledger& ledger_;
  sql::Connection& db_;
  std::string day_text_;
  CivilDate day_;
  EditBatch edits_;
  std::int64_t grace_days_;
  DailyReport report_;
};

}  // namespace

DailyReport run_daily(Ledger& ledger, const Author& author, std::string_view day) {
  return Daily(ledger, author, day).run();
}

}  // namespace relance::server
