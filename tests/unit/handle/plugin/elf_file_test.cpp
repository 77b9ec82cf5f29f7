// SPDX-License-Identifier: Apache-2.0
#include "host/handle/plugin/elf_file.hpp"

#include <elf.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cstring>
#include <random>

#include "host/handle/plugin/elf_view.hpp"
#include "tests/unit/handle/plugin/plugin_files.hpp"

namespace tidegate {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::StartsWith;

RefusedReason reason_of(std::string_view file) {
  try {
    read_elf(file);
  } catch (const ElfError& error) {
    return error.reason();
  }
  ADD_FAILURE() << "the file was accepted";
  return RefusedReason::not_found;
}

template <class T>
void put(std::string& file, std::size_t offset, const T& value) {
  ASSERT_LE(offset + sizeof value, file.size());
  std::memcpy(file.data() + offset, &value, sizeof value);
}

TEST(ElfFile, ReadsWhatAPluginSaysAboutItself) {
  const ElfFacts facts = read_elf(read_file(test_plugin("plain")));
  EXPECT_THAT(facts.identity_note, StartsWith("abi=1.0\nneeds=0\nname=plain\nversion=1.0.0\n"));
  EXPECT_EQ(facts.build_id.size(), 40U);
  EXPECT_THAT(facts.needed, Contains(HasSubstr("libc.so")));
  EXPECT_EQ(highest_versions(facts.version_needs).count("GLIBC"), 1U);
  EXPECT_THAT(facts.version_needs, Contains(testing::Field(&VersionNeed::library, "libc.so.6")));
  EXPECT_EQ(facts.tables, (std::map<std::string, std::uint64_t>{{"tidegate_plugin_v1", 48}}));
  EXPECT_FALSE(facts.text_relocations);
  EXPECT_FALSE(facts.executable_stack);
}

TEST(ElfFile, RefusesWhatIsNoSharedLibraryOfThisMachine) {
  const std::string plain = read_file(test_plugin("plain"));
  EXPECT_EQ(reason_of(""), RefusedReason::not_elf);
  EXPECT_EQ(reason_of("bool handle();\n"), RefusedReason::not_elf);
  EXPECT_EQ(reason_of(read_file("/proc/self/exe")), RefusedReason::wrong_kind);

  std::string other = plain;
  put(other, offsetof(Elf64_Ehdr, e_machine), Elf64_Half{EM_S390});
  EXPECT_EQ(reason_of(other), RefusedReason::wrong_kind);
  other = plain;
  other[EI_CLASS] = ELFCLASS32;
  EXPECT_EQ(reason_of(other), RefusedReason::wrong_kind);
  other = plain;
  other[EI_DATA] = ELFDATA2MSB;
  EXPECT_EQ(reason_of(other), RefusedReason::wrong_kind);
  other = plain;
  put(other, offsetof(Elf64_Ehdr, e_type), Elf64_Half{ET_REL});
  EXPECT_EQ(reason_of(other), RefusedReason::wrong_kind);
}

TEST(ElfFile, RefusesEveryTruncation) {
  const std::string plain = read_file(test_plugin("plain"));
  const auto header = ElfView(plain).at<Elf64_Ehdr>(0);
  std::uint64_t end = 0;  // of what is loaded
  for (std::uint64_t i = 0; i < header->e_phnum; ++i) {
    const auto segment = ElfView(plain).element<Elf64_Phdr>(header->e_phoff, i);
    if (segment->p_type == PT_LOAD) end = std::max(end, segment->p_offset + segment->p_filesz);
  }
  ASSERT_GT(end, 1000U);
  for (std::uint64_t size = 4; size < end; size += 1 + size / 50) {
    EXPECT_EQ(reason_of(plain.substr(0, size)), RefusedReason::damaged) << size;
  }
}

TEST(ElfFile, HighestVersionIsCountedAndHasANumber) {
  using Strength = VersionNeed::Strength;
  const auto highest = highest_versions({{"libc.so.6", "GLIBC_2.9", Strength::strong},
                                         {"libc.so.6", "GLIBC_2.34", Strength::strong},
                                         {"libc.so.6", "GLIBC_2.4", Strength::strong},
                                         {"libc.so.6", "GLIBC_PRIVATE", Strength::strong},
                                         {"libc.so.6", "GLIBC_ABI_DT_RELR", Strength::strong},
                                         {"libz.so.1", "ZLIB", Strength::strong}});
  EXPECT_EQ(highest, (std::map<std::string, std::string>{{"GLIBC", "2.34"}}));
}

// Where a program header says what.
std::uint64_t header_offset(const std::string& file, Elf64_Word type) {
  const auto header = ElfView(file).at<Elf64_Ehdr>(0);
  for (std::uint64_t i = 0; i < header->e_phnum; ++i) {
    const std::uint64_t at = header->e_phoff + i * sizeof(Elf64_Phdr);
    if (ElfView(file).at<Elf64_Phdr>(at)->p_type == type) return at;
  }
  ADD_FAILURE() << "there is no such segment";
  return 0;
}

TEST(ElfFile, StackIsExecutableWhereTheFileSaysSoOrNothing) {
  const std::string plain = read_file(test_plugin("plain"));
  const std::uint64_t at = header_offset(plain, PT_GNU_STACK);
  std::string file = plain;
  put(file, at + offsetof(Elf64_Phdr, p_flags), Elf64_Word{PF_R | PF_W | PF_X});
  EXPECT_TRUE(read_elf(file).executable_stack);
  file = plain;
  put(file, at, Elf64_Word{PT_NULL});
  EXPECT_TRUE(read_elf(file).executable_stack) << "glibc's default";
}

// Values at which bounds are found wrong.
std::uint64_t nasty_number(std::mt19937_64& random, std::uint64_t file_size) {
  const std::array<std::uint64_t, 12> numbers = {
      0,          1,          7,          file_size,      file_size - 1,      file_size + 1,
      0x7FFFFFFF, 0xFFFFFFFF, UINT64_MAX, UINT64_MAX - 7, UINT64_MAX / 2 + 1, random() % file_size};
  return numbers[random() % numbers.size()];
}

// Where the structures are that the reader follows; elsewhere a changed byte means nothing to it.
std::vector<std::pair<std::uint64_t, std::uint64_t>> structure_ranges(const std::string& file) {
  std::vector<std::pair<std::uint64_t, std::uint64_t>> ranges = {{0, sizeof(Elf64_Ehdr)}};
  const auto header = ElfView(file).at<Elf64_Ehdr>(0);
  ranges.emplace_back(header->e_phoff, header->e_phnum * sizeof(Elf64_Phdr));
  for (std::uint64_t i = 0; i < header->e_phnum; ++i) {
    const auto segment = ElfView(file).element<Elf64_Phdr>(header->e_phoff, i);
    const bool followed = segment->p_type == PT_DYNAMIC || segment->p_type == PT_NOTE;
    if (followed) ranges.emplace_back(segment->p_offset, segment->p_filesz);
    // The first segment begins with hash table, symbols, names and versions.
    if (segment->p_type == PT_LOAD && segment->p_offset == 0) {
      ranges.emplace_back(0, std::min<std::uint64_t>(segment->p_filesz, 4096));
    }
  }
  return ranges;
}

void mutate(std::string& file, std::mt19937_64& random,
            const std::vector<std::pair<std::uint64_t, std::uint64_t>>& ranges) {
  for (std::uint64_t changes = 1 + random() % 4; changes > 0; --changes) {
    const auto& [begin, size] = ranges[random() % ranges.size()];
    const std::uint64_t at = begin + random() % size;
    const std::uint64_t number = nasty_number(random, file.size());
    const std::size_t width = std::size_t{1} << (random() % 4);
    if (at + width <= file.size()) std::memcpy(file.data() + at, &number, width);
  }
  if (random() % 8 == 0) file.resize(random() % file.size());
}

TEST(ElfFile, SurvivesAnyMutation) {
  constexpr int kMutations = 50'000;
  const std::string plain = read_file(test_plugin("old_table"));  // the smallest
  const auto ranges = structure_ranges(plain);
  std::mt19937_64 random(20'250'101);  // NOLINT(cert-msc51-cpp): the same files on every run
  std::map<RefusedReason, int> refused;
  int accepted = 0;
  for (int i = 0; i < kMutations; ++i) {
    std::string file = plain;
    mutate(file, random, ranges);
    file.shrink_to_fit();  // so that the sanitizer sees a read behind its end
    try {
      read_elf(file);
      ++accepted;
    } catch (const ElfError& error) {
      ++refused[error.reason()];
    }
  }
  // Both ways were taken often: neither all nor none of the files got past the first check.
  EXPECT_GT(accepted, kMutations / 20);
  EXPECT_GT(refused[RefusedReason::damaged], kMutations / 10);
  EXPECT_GT(refused[RefusedReason::wrong_kind], 100);
  EXPECT_GT(refused[RefusedReason::not_elf], 100);
}

}  // namespace
}  // namespace tidegate
