// SPDX-License-Identifier: Apache-2.0
/*
 * Prints the instructions libbpf makes of every program of an object, as it would hand them to the
 * kernel: CO-RE applied, functions linked, maps by file descriptor.
 *
 *   libbpf-insns OBJECT TARGET-BTF
 *
 * Lines: `map FD NAME`, `program NAME` and behind it `HEX` an instruction. Every program is loaded as
 * nothing but a return, so that what the kernel thinks of it does not matter.
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/bpf.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define SECTIONS_MAX 256

static const char *sections[SECTIONS_MAX];
static int section_count;

static int quiet(enum libbpf_print_level level, const char *format, va_list args)
{
	return level == LIBBPF_WARN ? vfprintf(stderr, format, args) : 0;
}

static int print_and_replace(struct bpf_program *prog, struct bpf_prog_load_opts *opts, long cookie)
{
	struct bpf_insn nothing[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 0 },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	const struct bpf_insn *insns = bpf_program__insns(prog);
	size_t count = bpf_program__insn_cnt(prog);

	printf("program %s\n", bpf_program__name(prog));
	for (size_t i = 0; i < count; i++) {
		const unsigned char *bytes = (const unsigned char *)&insns[i];
		for (int byte = 0; byte < 8; byte++)
			printf("%02x", bytes[byte]);
		printf("\n");
	}
	/* Types and lines describe the instructions that were there. */
	opts->func_info_cnt = opts->line_info_cnt = 0;
	opts->func_info = opts->line_info = NULL;
	return bpf_program__set_insns(prog, nothing, 2);
}

static int register_section(const char *name)
{
	LIBBPF_OPTS(libbpf_prog_handler_opts, handler, .prog_prepare_load_fn = print_and_replace);

	for (int i = 0; i < section_count; i++)
		if (strcmp(sections[i], name) == 0)
			return 0;
	if (section_count == SECTIONS_MAX)
		return -1;
	sections[section_count++] = name;
	return libbpf_register_prog_handler(name, BPF_PROG_TYPE_SOCKET_FILTER, 0, &handler) < 0 ? -1 : 0;
}

int main(int argc, char **argv)
{
	LIBBPF_OPTS(bpf_object_open_opts, opts);
	struct bpf_object *object;
	struct bpf_program *prog;
	struct bpf_map *map;

	if (argc != 3)
		return 2;
	libbpf_set_print(quiet);
	/* Once to learn the sections, once to load through a handler for each. */
	object = bpf_object__open_file(argv[1], &opts);
	if (!object)
		return 1;
	bpf_object__for_each_program(prog, object)
		if (register_section(bpf_program__section_name(prog)))
			return 1;
	opts.btf_custom_path = argv[2];
	object = bpf_object__open_file(argv[1], &opts);
	if (!object)
		return 1;
	bpf_object__for_each_program(prog, object)
		bpf_program__set_autoload(prog, true);
	/* Sizes and programs that a tool's user space would give. */
	bpf_object__for_each_map(map, object)
		if (bpf_map__max_entries(map) == 0 && bpf_map__type(map) != BPF_MAP_TYPE_PERF_EVENT_ARRAY)
			bpf_map__set_max_entries(map, 1);
	bpf_object__for_each_map(map, object)
		if (bpf_map__type(map) == BPF_MAP_TYPE_STACK_TRACE && bpf_map__value_size(map) == 0)
			bpf_map__set_value_size(map, 8 * 127);
	if (bpf_object__load(object))
		return 1;
	bpf_object__for_each_map(map, object)
		printf("map %d %s\n", bpf_map__fd(map), bpf_map__name(map));
	return 0;
}
