// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Reads iterators of an object as the running kernel gives them: `iterator-reader OBJECT PROGRAM MAP ROUNDS AGAIN
 * PID`. Entries of MAP are read from standard input, `key value` a line; the text goes to standard output, what ended
 * reading early, as an errno, to standard error. PID 0 is nobody's.
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int silent(enum libbpf_print_level level, const char *format, va_list arguments)
{
	(void)level, (void)format, (void)arguments;
	return 0;
}

/* As .rodata.settings of iterators.bpf.c. */
struct settings {
	int tgid;
	unsigned int rounds;
	int asks_again;
};

static int fail(const char *what)
{
	fprintf(stderr, "%s: %s\n", what, strerror(errno));
	return 2;
}

int main(int argc, char **argv)
{
	if (argc != 7)
		return 2;
	libbpf_set_print(silent);
	struct bpf_object *object = bpf_object__open_file(argv[1], NULL);
	if (!object)
		return fail("open");
	struct bpf_program *program = bpf_object__find_program_by_name(object, argv[2]), *each;
	bpf_object__for_each_program(each, object) bpf_program__set_autoload(each, each == program);
	struct bpf_map *data = bpf_object__find_map_by_name(object, ".rodata.settings");
	size_t size;
	void *initial = data ? (void *)bpf_map__initial_value(data, &size) : NULL;
	if (!program || !initial)
		return fail("parts");
	struct settings settings = { atoi(argv[6]), strtoul(argv[4], NULL, 10), atoi(argv[5]) };
	memcpy(initial, &settings, sizeof(settings));
	if (bpf_object__load(object))
		return fail("load");
	struct bpf_map *map = bpf_object__find_map_by_name(object, argv[3]);
	unsigned int key;
	unsigned long long value;
	while (map && scanf("%u %llu", &key, &value) == 2) {
		unsigned long long values[256] = { value };
		if (bpf_map_update_elem(bpf_map__fd(map), &key, values, BPF_ANY))
			return fail("update");
	}
	DECLARE_LIBBPF_OPTS(bpf_iter_attach_opts, options);
	union bpf_iter_link_info info = { .map.map_fd = map ? bpf_map__fd(map) : 0 };
	if (map) {
		options.link_info = &info;
		options.link_info_len = sizeof(info);
	}
	struct bpf_link *link = bpf_program__attach_iter(program, &options);
	if (!link)
		return fail("attach");
	int file = bpf_iter_create(bpf_link__fd(link));
	if (file < 0)
		return fail("create");
	static char buffer[128 * 1024];
	ssize_t length;
	while ((length = read(file, buffer, sizeof(buffer))) > 0)
		if (write(1, buffer, length) != length)
			return 2;
	if (length < 0)
		fprintf(stderr, "%d\n", errno);
	return 0;
}
