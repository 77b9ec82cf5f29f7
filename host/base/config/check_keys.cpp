// SPDX-License-Identifier: Apache-2.0
#include "host/base/config/check_keys.hpp"

#include <algorithm>
#include <cctype>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "host/base/config/check_properties.hpp"
#include "host/base/config/check_value.hpp"
#include "host/base/config/keys.hpp"
#include "host/base/config/suggest.hpp"

namespace tidegate::config {
namespace {

constexpr std::size_t kLongestName = 100;

std::string joined(std::string_view pattern, std::string_view step) {
  return pattern.empty() ? std::string(step) : std::string(pattern) + '.' + std::string(step);
}

bool holds_names(std::string_view pattern) {
  return pattern == "clusters" || pattern == "pipelines";
}

bool is_good_name(std::string_view name) {
  return !name.empty() && name.size() <= kLongestName &&
         std::all_of(name.begin(), name.end(), [](char c) {
           return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '-' ||
                  c == '.';
         });
}

PropertyUse use_of(std::string_view pattern) {
  if (pattern == "clusters.*.librdkafka") return PropertyUse::every_client;
  return pattern == "pipelines.*.producer" ? PropertyUse::producer : PropertyUse::consumer;
}

class Walk {
 public:
  Walk(const kafka::PropertyTable& known, Findings& findings)
      : known_(known), findings_(findings) {}

  // `path` is what the operator wrote, `pattern` what it is in the key table.
  void section(Table& table, const std::string& pattern, const std::string& path) {
    for (Entry& entry : table) {
      const std::string entry_path = join_path(path, entry.name);
      if (holds_names(pattern)) {
        named(entry, joined(pattern, "*"), entry_path);
      } else if (const Key* const key = find_key(joined(pattern, entry.name))) {
        value(*key, entry, entry_path);
      } else if (is_section(joined(pattern, entry.name))) {
        subsection(entry, entry.name == "defaults" ? "pipelines.*" : joined(pattern, entry.name),
                   entry_path);
      } else {
        unknown(entry, pattern, path);
      }
    }
  }

 private:
  void named(Entry& entry, const std::string& pattern, const std::string& path) {
    if (!is_good_name(entry.name)) {
      findings_.error(entry.place, path,
                      "a name is made of letters, digits, \"_\", \"-\" and \".\", at most " +
                          std::to_string(kLongestName));
    }
    subsection(entry, pattern, path);
  }

  void subsection(Entry& entry, const std::string& pattern, const std::string& path) {
    if (auto* const table = entry.value.as<Table>()) {
      section(*table, pattern, path);
      return;
    }
    entry.value.invalid = true;
    std::string message = "expected a table, found ";
    message.append(kind_name(entry.value)).append("; write [").append(path).append("]");
    if (holds_names(pattern)) message += " with a name: [" + path + ".<name>]";
    findings_.error(entry.place, path, std::move(message));
  }

  void value(const Key& key, Entry& entry, const std::string& path) {
    if (key.type == Type::properties) {
      if (auto* const table = entry.value.as<Table>()) {
        check_properties(*table, path, use_of(key.path), known_, findings_);
        return;
      }
    }
    check_value(key, entry, path, findings_);
  }

  void unknown(Entry& entry, const std::string& pattern, const std::string& path) {
    entry.value.invalid = true;
    const std::string entry_path = join_path(path, entry.name);
    // A property of librdkafka that went astray: it may be a password.
    const bool property = entry.name.find('.') != std::string::npos ||
                          entry.value.as<Table>() != nullptr || pattern.substr(0, 8) == "clusters";
    if (property) findings_.error_in_name(entry.place, entry_path, cure(entry, pattern, path));
    else findings_.error(entry.place, entry_path, cure(entry, pattern, path));
  }

  std::string cure(const Entry& entry, const std::string& pattern, const std::string& path) const {
    const std::vector<std::string_view> siblings = names_below(pattern);
    if (const std::string_view near = nearest(entry.name, siblings); !near.empty()) {
      return "unknown key; did you mean \"" + std::string(near) + "\"?";
    }
    const std::vector<std::string_view> elsewhere = patterns_named(entry.name);
    if (!elsewhere.empty()) return "misplaced; it belongs under " + places(elsewhere, path);
    if (const std::string_view ours = known_elsewhere_as(entry.name); !ours.empty()) {
      const std::string place = places({ours}, path);
      return "unknown key; did you mean \"" + std::string(last_step(ours)) + "\"" +
             (parent_of(ours) == pattern ? "" : " under " + place) + "?";
    }
    const std::string name = dotted_name(entry);
    if (const kafka::Property* const property = known_.find(name)) {
      const bool producer = property->kind == kafka::ClientKind::producer;
      const bool shared = pattern.substr(0, 8) == "clusters" && !producer;
      return "\"" + name + "\" is a property of librdkafka; quote it, under " +
             (shared     ? "[clusters.<name>.librdkafka]"
              : producer ? "[pipelines.<name>.producer]"
                         : "[pipelines.<name>.consumer]");
    }
    return near_elsewhere(entry.name, path);
  }

  std::string near_elsewhere(std::string_view name, const std::string& path) const {
    std::vector<std::string_view> all;
    for (const Key& key : all_keys()) all.push_back(last_step(key.path));
    const std::string_view near = nearest(name, all);
    if (near.empty()) return "unknown key; config/REFERENCE.md lists them all";
    return "unknown key; did you mean \"" + std::string(near) + "\" under " +
           places(patterns_named(near), path) + "?";
  }

  // The sections of patterns, in terms of the pipeline that is being read where there is one.
  static std::string places(const std::vector<std::string_view>& patterns,
                            const std::string& path) {
    std::string result;
    for (const std::string_view pattern : patterns) {
      const std::string_view parent = parent_of(pattern);
      if (!result.empty()) result += " or ";
      const bool in_pipeline = path.substr(0, 10) == "pipelines." &&
                               parent.substr(0, 11) == "pipelines.*" && path.size() > 10;
      if (parent.empty()) {
        result += "the top of the file";
      } else if (in_pipeline) {
        const std::string mine = path.substr(0, path.find('.', 10));
        result += '[' + mine + std::string(parent.substr(11)) + ']';
      } else {
        result += shown_section(parent);
      }
    }
    return result;
  }

  const kafka::PropertyTable& known_;
  Findings& findings_;
};

}  // namespace

void check_keys(Table& root, const kafka::PropertyTable& known, Findings& findings) {
  Walk(known, findings).section(root, "", "");
}

void check_required(const Table& table, std::string_view pattern, const std::string& path,
                    Place place, Findings& findings) {
  for (const Key& key : all_keys()) {
    if (key.need != Need::required) continue;
    const std::string_view key_path = key.path;
    const bool below = pattern.empty() ? key_path.find('.') == std::string_view::npos
                                       : key_path.substr(0, pattern.size()) == pattern;
    if (!below) continue;
    const std::string_view rest = key_path.substr(pattern.empty() ? 0 : pattern.size() + 1);
    if (find_path(table, rest) != nullptr) continue;
    findings.error(
        place, path.empty() ? std::string(rest) : path + '.' + std::string(rest),
        "is required; write " + std::string(last_step(rest)) + " = " + std::string(key.example));
  }
}

}  // namespace tidegate::config
