// SPDX-License-Identifier: Apache-2.0
//
// A shared library as small as one can be that has all that the reader follows: segments, notes,
// dynamic section, symbols behind either kind of hash table, names, needed versions. Real ones are
// ten times as large and hide these places from a fuzzer.
#pragma once

#include <elf.h>

#include <cstdint>
#include <cstring>
#include <random>
#include <string>
#include <string_view>

namespace tidegate::fuzz {

class ElfSeed {
 public:
  explicit ElfSeed(std::mt19937_64& random) : gnu_hash_(random() % 2 == 0) {}

  std::string build() {
    bytes_.resize(sizeof(Elf64_Ehdr) + kSegments * sizeof(Elf64_Phdr));
    const std::uint64_t note = put_note();
    const std::uint64_t note_end = bytes_.size();
    const std::uint64_t symbols = put_symbols();
    const std::uint64_t hash = put_hash();
    const std::uint64_t versions = put_versions();
    const std::uint64_t dynamic = bytes_.size();
    const std::uint64_t dynamic_size = 10 * sizeof(Elf64_Dyn);
    put_dynamic(symbols, hash, versions, dynamic + dynamic_size);
    bytes_ += names_;
    put_header();
    put_segment(0, PT_LOAD, 0, bytes_.size());
    put_segment(1, PT_DYNAMIC, dynamic, dynamic_size);
    put_segment(2, PT_NOTE, note, note_end - note);
    put_segment(3, PT_GNU_STACK, 0, 0);
    return bytes_;
  }

 private:
  static constexpr std::size_t kSegments = 4;

  template <class T>
  std::uint64_t append(const T& value) {
    const std::uint64_t at = bytes_.size();
    bytes_.append(reinterpret_cast<const char*>(&value), sizeof value);
    return at;
  }
  template <class T>
  void overwrite(std::size_t at, const T& value) {
    std::memcpy(bytes_.data() + at, &value, sizeof value);
  }
  std::uint32_t name(std::string_view text) {
    const auto at = static_cast<std::uint32_t>(names_.size());
    names_.append(text).append(1, '\0');
    return at;
  }

  std::uint64_t put_note() {
    std::string text = "abi=1.0\nneeds=0\nname=seed\nversion=1.0.0\ncompiler=none\n";
    text.resize((text.size() + 4) & ~std::size_t{3});
    const std::uint64_t at = append(Elf64_Nhdr{9, static_cast<Elf64_Word>(text.size()), 1});
    bytes_.append("TIDEGATE\0\0\0\0", 12).append(text);
    return at;
  }
  std::uint64_t put_symbols() {
    const std::uint64_t at = append(Elf64_Sym{});
    Elf64_Sym table{};
    table.st_name = name("tidegate_plugin_v1");
    table.st_info = ELF64_ST_INFO(STB_GLOBAL, STT_OBJECT);
    table.st_shndx = 1;
    table.st_size = 48;
    append(table);
    return at;
  }
  std::uint64_t put_hash() {
    const std::uint64_t at = bytes_.size();
    // DT_HASH: buckets, symbols, one bucket, two chains. DT_GNU_HASH: buckets, first symbol, words
    // of the filter, shift; the filter; a bucket; the end of a chain.
    const std::uint32_t plain[] = {1, 2, 1, 0, 0};
    const std::uint32_t gnu[] = {1, 1, 1, 6, 0, 0, 1, 1};
    if (gnu_hash_) append(gnu);
    else append(plain);
    return at;
  }
  std::uint64_t put_versions() {
    Elf64_Verneed need{1, 1, name("libc.so.6"), sizeof(Elf64_Verneed), 0};
    const std::uint64_t at = append(need);
    append(Elf64_Vernaux{0, 0, 2, name("GLIBC_2.34"), 0});
    return at;
  }
  void put_dynamic(std::uint64_t symbols, std::uint64_t hash, std::uint64_t versions,
                   std::uint64_t names) {
    const auto entry = [this](Elf64_Sxword tag, std::uint64_t value) {
      Elf64_Dyn made{};
      made.d_tag = tag;
      made.d_un.d_val = value;
      append(made);
    };
    entry(DT_NEEDED, name("libc.so.6"));
    entry(DT_SONAME, name("seed.so"));
    entry(DT_RUNPATH, name("/usr/lib:$ORIGIN"));
    entry(DT_STRTAB, names);
    entry(DT_STRSZ, names_.size());
    entry(DT_SYMTAB, symbols);
    entry(gnu_hash_ ? DT_GNU_HASH : DT_HASH, hash);
    entry(DT_VERNEED, versions);
    entry(DT_FLAGS, DF_BIND_NOW);
    entry(DT_NULL, 0);
  }
  void put_header() {
    Elf64_Ehdr header{};
    std::memcpy(header.e_ident, ELFMAG, SELFMAG);
    header.e_ident[EI_CLASS] = ELFCLASS64;
    header.e_ident[EI_DATA] = ELFDATA2LSB;
    header.e_type = ET_DYN;
#if defined(__x86_64__)
    header.e_machine = EM_X86_64;
#elif defined(__aarch64__)
    header.e_machine = EM_AARCH64;
#endif
    header.e_phoff = sizeof(Elf64_Ehdr);
    header.e_phentsize = sizeof(Elf64_Phdr);
    header.e_phnum = kSegments;
    overwrite(0, header);
  }
  void put_segment(std::size_t i, Elf64_Word type, std::uint64_t offset, std::uint64_t size) {
    Elf64_Phdr segment{};
    segment.p_type = type;
    segment.p_flags = PF_R;
    segment.p_offset = offset;
    segment.p_vaddr = offset;
    segment.p_filesz = size;
    segment.p_memsz = size;
    overwrite(sizeof(Elf64_Ehdr) + i * sizeof segment, segment);
  }

  const bool gnu_hash_;
  std::string bytes_;
  std::string names_{'\0'};
};

}  // namespace tidegate::fuzz
