#include "tests/disk/stories.h"

namespace relance::disktest {
namespace {

using test::insert_op;
using test::update_op;

constexpr std::size_t kSmallPage = 1'200;  // bytes: a case takes several pages

sync::Op task(const std::string& name, std::string_view case_file) {
  return insert_op("task", named(name), {{"case_id", named(case_file)}, {"title", "faire " + name}});
}
sync::Op plan(const std::string& name, std::string_view case_file, std::int64_t cents) {
  return insert_op("payment_plan", named(name), {{"case_id", named(case_file)}, {"total_cents", cents}});
}
sync::Op legal_name(std::string_view debtor, const std::string& becomes) {
  return update_op("debtor", named(debtor), {{"legal_name", becomes}});
}
sync::Op priority(std::string_view case_file, std::int64_t becomes) {
  return update_op("case_file", named(case_file), {{"priority", becomes}});
}
sync::Op device_state(std::string_view device, const std::string& becomes) {
  return update_op("device", named(device), {{"state", becomes}});
}

std::int64_t count(Scene& s, const std::string& table, std::string_view id) {
  std::string hex;
  for (const char c : named(id).text())
    if (c != '-') hex += c;
  return s.at_office("SELECT count(*) FROM " + table + " WHERE id = X'" + hex + "'");
}
void require_at_office(Scene& s, const std::string& table, std::string_view id) {
  require(count(s, table, id) == 1, std::string(id) + " is not at the office");
}

const std::string& ledger() {
  static const std::string kLedger = [] {
    std::string out =
        "JournalCode\tJournalLib\tEcritureNum\tEcritureDate\tCompteNum\tCompteLib\tCompAuxNum\tCompAuxLib\t"
        "PieceRef\tPieceDate\tEcritureLib\tDebit\tCredit\tEcritureLet\tDateLet\tValidDate\tMontantdevise\t"
        "Idevise\n";
    for (int i = 1; i <= 3; ++i) {
      const std::string n = std::to_string(i), end = "\t\t\t20230101\t\t\n";
      const std::string start = "VE\tVentes\t" + n + "\t2022011" + n + "\t";
      const std::string piece = "\tF" + n + "\t2022011" + n + "\tFacture\t";
      out += start + "411000\tClients\tC" + n + "\tClient " + n + piece + n + "00,00\t0,00" + end;
      out += start + "706000\tVentes\t\t" + piece + "0,00\t" + n + "00,00" + end;
    }
    return out;
  }();
  return kLedger;
}

// ---- an agent's day ------------------------------------------------------------------------------------------------

Story enrolment() {
  return {.name = "enrolment",
          .machines = {"c", "office"},
          .steps = {[](Scene& s) { s.enrol("c", "paul"); }, [](Scene& s) { s.sync("c"); },
                    [](Scene& s) { s.edit("c", "c1", {s.call("c1", "case 2")}); }},
          .end = [](Scene& s) { require_at_office(s, "contact_event", "c1"); },
          .page_bytes = kSmallPage,
          .devices = {}};
}

Story one_edit() {
  return {.name = "one_edit",
          .machines = {"a"},
          .steps = {[](Scene& s) {
            s.edit("a", "a1", {s.call("a1", "case 1"), task("a1 task", "case 1"), priority("case 1", 3)});
          }},
          .end = [](Scene& s) {
            require_at_office(s, "contact_event", "a1");
            require_at_office(s, "task", "a1 task");
          }};
}

Story edits_and_sync() {
  return {
      .name = "edits_and_sync",
      .machines = {"a", "office"},
      .steps = {[](Scene& s) {
                  s.edit("a", "a1", {s.call("a1", "case 1"), priority("case 1", 3)});
                },
                [](Scene& s) { s.edit("a", "a2", {task("a2", "case 2")}); },
                [](Scene& s) { s.edit("a", "a3", {s.call("a3", "case 2")}); }, [](Scene& s) { s.sync("a"); },
                [](Scene& s) {
                  s.edit("a", "a4", {s.call("a4", "case 2"), priority("case 1", 4)});
                },
                [](Scene& s) { s.sync("a"); }},
      .end = [](Scene& s) {
        for (const char* id : {"a1", "a3", "a4"}) require_at_office(s, "contact_event", id);
        require(s.at_office("SELECT priority FROM case_file WHERE number = 'C-1'") == 4,
                "the last priority is not at the office");
      }};
}

Story lost_answer() {
  return {.name = "lost_answer",
          .machines = {"a", "office"},
          .steps = {[](Scene& s) {
                      s.edit("a", "a1", {s.call("a1", "case 1"), priority("case 1", 3)});
                    },
                    [](Scene& s) { s.lose_answer("a"); },
                    [](Scene& s) { s.edit("a", "a2", {s.call("a2", "case 1")}); },
                    [](Scene& s) { s.lose_answer("a"); }, [](Scene& s) { s.sync("a"); }},
          .end = [](Scene& s) {
            require(s.at_office("SELECT count(*) FROM contact_event") == 2,
                    "an edit came in twice, or never");
          }};
}

Story staged_pages() {
  return {
      .name = "staged_pages",
      .machines = {"a", "office"},
      .steps = {[](Scene& s) { s.assign("paul has 3", "case 3", "paul"); },
                [](Scene& s) { s.assign("paul has 4", "case 4", "paul"); },
                [](Scene& s) { s.office_edit("t", "nadia", schema::clerk, {task("t", "case 3")}); },
                [](Scene& s) { s.edit("a", "a1", {s.call("a1", "case 1")}); }, [](Scene& s) { s.sync("a"); }},
      .end =
          [](Scene& s) {
            require(s.at_device("a", "SELECT count(*) FROM case_file") == "4", "a case has not come");
          },
      .page_bytes = kSmallPage};
}

Story bootstrap() {
  return {.name = "bootstrap",
          .machines = {"a"},
          .steps = {[](Scene& s) {
                      s.edit("a", "a1", {s.call("a1", "case 1"), priority("case 2", 5)});
                    },
                    [](Scene& s) { s.bootstrap("a"); }, [](Scene& s) { s.sync("a"); }},
          .end = [](Scene& s) { require_at_office(s, "contact_event", "a1"); },
          .page_bytes = kSmallPage};
}

Story second_thoughts() {
  return {.name = "undo_amend_resend",
          .machines = {"a"},
          .steps = {[](Scene& s) {
                      s.edit("a", "a1", {s.call("a1", "case 1"), priority("case 1", 1)});
                    },
                    [](Scene& s) { s.edit("a", "wrong", {task("wrong", "case 1")}); },
                    [](Scene& s) { s.edit("a", "a3", {task("a3", "case 2")}); },
                    [](Scene& s) { s.undo("a", "wrong"); },
                    [](Scene& s) { s.amend("a", "a3", {task("a3 better", "case 2")}); },
                    [](Scene& s) { s.edit("a", "plan", {plan("taken", "case 2", 9000)}); },
                    [](Scene& s) { s.edit("a", "plan2", {plan("taken2", "case 2", 9000)}); },
                    [](Scene& s) {
                      s.office_edit("o1", "system", schema::office, {plan("taken", "case 5", 1)});
                      s.office_edit("o2", "system", schema::office, {plan("taken2", "case 5", 1)});
                    },
                    [](Scene& s) { s.sync("a"); },
                    [](Scene& s) { s.resend("a", "plan", {plan("free", "case 2", 9000)}); },
                    [](Scene& s) { s.discard("a", "plan2"); }, [](Scene& s) { s.sync("a"); }},
          .end = [](Scene& s) {
            require(count(s, "task", "wrong") == 0, "an edit that was undone was sent");
            require_at_office(s, "task", "a3 better");
            require_at_office(s, "payment_plan", "free");
            require(s.at_device("a", "SELECT count(*) FROM outbox WHERE status = 'refused'") == "0",
                    "a refused edit was neither sent again nor given up");
          }};
}

// ---- people who meet ---------------------------------------------------------------------------------------------

Story conflict() {
  return {.name = "conflict",
          .machines = {"a", "b", "office"},
          .steps = {[](Scene& s) { s.edit("a", "a1", {legal_name("debtor 1", "Dupont")}); },
                    [](Scene& s) { s.edit("b", "b1", {legal_name("debtor 1", "Durand")}); },
                    [](Scene& s) { s.sync("a"); }, [](Scene& s) { s.sync("b"); },
                    [](Scene& s) {
                      if (const auto open = s.open_conflict("b"))
                        s.edit("b", "b2",
                               {update_op("conflict", *open,
                                          {{"state", std::string("closed")},
                                           {"resolution", std::string("proposed")}}),
                                legal_name("debtor 1", "Durand")});
                    },
                    [](Scene& s) { s.sync("b"); }, [](Scene& s) { s.sync("a"); }},
          .end =
              [](Scene& s) {
                require(s.at_office("SELECT count(*) FROM conflict") == 1, "there is not one conflict");
                require(s.at_office("SELECT count(*) FROM debtor WHERE legal_name = 'Durand'") == 1,
                        "the resolution was not taken");
                require(!s.open_conflict("a") && !s.open_conflict("b"), "a conflict stays open");
              },
          .devices = {"a", "b"}};
}

Story reassignment() {
  return {.name = "reassignment",
          .machines = {"a", "b", "office"},
          .steps = {[](Scene& s) {
                      s.edit("a", "a1", {s.call("a1", "case 2"), priority("case 2", 5)});
                    },
                    [](Scene& s) { s.edit("a", "a2", {priority("case 2", 6)}); },
                    [](Scene& s) { s.unassign("paul loses 2", "case 2", "paul"); },
                    [](Scene& s) { s.assign("lea has 2", "case 2", "lea"); }, [](Scene& s) { s.sync("a"); },
                    [](Scene& s) { s.sync("b"); }},
          .end =
              [](Scene& s) {
                require(s.at_office("SELECT late FROM contact_event") == 1, "late work is not marked");
                require(s.at_device("a", "SELECT count(*) FROM case_file") == "1", "the case has not left");
                require(s.at_device("b", "SELECT count(*) FROM contact_event") == "1",
                        "the new holder does not see what happened");
              },
          .devices = {"a", "b"}};
}

Story quarantine() {
  return {.name = "quarantine",
          .machines = {"a", "office"},
          .steps = {[](Scene& s) { s.edit("a", "a1", {s.call("a1", "case 1")}); },
                    [](Scene& s) {
                      s.office_edit("stop", "system", schema::office,
                                    {device_state("device a", "suspended")});
                    },
                    [](Scene& s) { s.sync("a"); },
                    [](Scene& s) {
                      require(s.at_office("SELECT count(*) FROM mutation_log WHERE intent = 'go on'") == 1 ||
                                  s.at_office("SELECT count(*) FROM quarantine WHERE state = 'kept'") == 1,
                              "an edit that was handed over is not in quarantine");
                      s.office_edit("go on", "system", schema::office, {device_state("device a", "active")});
                    },
                    [](Scene& s) { s.sync("a"); }},
          .end = [](Scene& s) { require_at_office(s, "contact_event", "a1"); }};
}

Story pruned() {
  return {.name = "pruned_feed",
          .machines = {"a2", "office"},
          .steps = {[](Scene& s) { s.edit("a2", "a1", {s.call("a1", "case 1")}); },
                    [](Scene& s) { s.unassign("paul loses 2", "case 2", "paul"); },
                    [](Scene& s) { s.prune("paul"); }, [](Scene& s) { s.sync("a2"); }},
          .end =
              [](Scene& s) {
                require_at_office(s, "contact_event", "a1");
                require(s.at_device("a2", "SELECT count(*) FROM case_file") == "1", "the case has not left");
              },
          .page_bytes = kSmallPage,
          .devices = {"a", "a2"}};
}

// ---- the office's bad days -----------------------------------------------------------------------------------------

Story office_day() {
  return {
      .name = "office_day",
      .machines = {"office"},
      .steps = {[](Scene& s) {
                  s.office_edit("o1", "nadia", schema::clerk, {task("o1", "case 1"), priority("case 1", 7)});
                },
                [](Scene& s) { s.assign("lea has 3", "case 3", "lea"); },
                [](Scene& s) { s.import(ledger(), 3); }, [](Scene& s) { s.sync("b"); }},
      .end =
          [](Scene& s) {
            require(s.at_office("SELECT sum(amount_cents) FROM entry") == 600'00, "money was lost or made");
            require(s.at_device("b", "SELECT count(*) FROM case_file") == "2", "the case has not come");
          },
      .devices = {"b"}};
}

Story backup() {
  return {
      .name = "backup",
      .machines = {"office"},
      .steps = {[](Scene& s) { s.edit("a", "a1", {s.call("a1", "case 1")}); }, [](Scene& s) { s.sync("a"); },
                [](Scene& s) { s.back_up(); }, [](Scene& s) { s.edit("a", "a2", {s.call("a2", "case 2")}); },
                [](Scene& s) { s.sync("a"); }},
      .end = [](Scene& s) {
        require(s.at_office("SELECT count(*) FROM device_state WHERE durable_n = 1") == 1,
                "the backup does not count for what it holds");
      }};
}

Story restored() {
  return {
      .name = "restore",
      .machines = {"a", "office"},
      .steps = {[](Scene& s) { s.edit("a", "a1", {s.call("a1", "case 1")}); }, [](Scene& s) { s.sync("a"); },
                [](Scene& s) { s.back_up(); },
                [](Scene& s) {
                  s.edit("a", "a2", {s.call("a2", "case 2"), priority("case 2", 2)});
                },
                [](Scene& s) { s.sync("a"); }, [](Scene& s) { s.edit("a", "a3", {s.call("a3", "case 1")}); },
                [](Scene& s) { s.restore(); }, [](Scene& s) { s.sync("a"); },
                [](Scene& s) { s.edit("a", "a4", {s.call("a4", "case 1")}); }, [](Scene& s) { s.sync("a"); }},
      .end = [](Scene& s) {
        for (const char* id : {"a1", "a2", "a3", "a4"}) require_at_office(s, "contact_event", id);
      }};
}

Story repair() {
  return {.name = "verify_and_repair",
          .machines = {"a"},
          .steps = {[](Scene& s) { s.edit("a", "a1", {s.call("a1", "case 1")}); },
                    [](Scene& s) { s.damage("a", "UPDATE case_file SET number = 'X'"); },
                    [](Scene& s) { s.verify("a"); }, [](Scene& s) { s.sync("a"); }},
          .end = [](Scene& s) {
            require_at_office(s, "contact_event", "a1");
            require(s.at_device("a", "SELECT count(*) FROM case_file WHERE number = 'X'") == "0",
                    "a damaged row was not repaired");
          }};
}

}  // namespace

const std::vector<Story>& stories() {
  static const std::vector<Story> all{enrolment(),    one_edit(),   edits_and_sync(),  lost_answer(),
                                      staged_pages(), bootstrap(),  second_thoughts(), conflict(),
                                      reassignment(), quarantine(), pruned(),          office_day(),
                                      backup(),       restored(),   repair()};
  return all;
}

}  // namespace relance::disktest
