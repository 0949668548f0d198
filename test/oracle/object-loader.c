// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Asks the running kernel for its opinion of every program of object files, through libbpf and each
 * program alone. A line a program: name, 0 or -errno, tab-separated; the verifier's last words follow.
 */
#include <bpf/libbpf.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define LOG_BYTES (4u << 20)

static char log_buffer[LOG_BYTES];

static int silent(enum libbpf_print_level level, const char *format, va_list arguments)
{
	(void)level, (void)format, (void)arguments;
	return 0;
}

/* The line before the statistics. */
static const char *last_words(void)
{
	char *end = strstr(log_buffer, "\nprocessed ");
	if (end)
		*end = 0;
	char *line = strrchr(log_buffer, '\n');
	return line ? line + 1 : log_buffer;
}

static int load_one(const char *path, const char *name)
{
	struct bpf_object *object = bpf_object__open_file(path, NULL);
	if (!object)
		return -1;
	struct bpf_program *program;
	bpf_object__for_each_program(program, object) {
		int chosen = !strcmp(bpf_program__name(program), name);
		bpf_program__set_autoload(program, chosen);
		if (chosen) {
			log_buffer[0] = 0;
			bpf_program__set_log_buf(program, log_buffer, LOG_BYTES);
		}
	}
	int result = bpf_object__load(object);
	bpf_object__close(object);
	printf("%s\t%d\t%s\n", name, result, result ? last_words() : "");
	return 0;
}

int main(int argc, char **argv)
{
	libbpf_set_print(silent);
	for (int i = 1; i < argc; i++) {
		struct bpf_object *object = bpf_object__open_file(argv[i], NULL);
		if (!object) {
			fprintf(stderr, "%s does not open\n", argv[i]);
			return 1;
		}
		struct bpf_program *program;
		bpf_object__for_each_program(program, object)
			if (load_one(argv[i], bpf_program__name(program)))
				return 1;
		bpf_object__close(object);
	}
	return 0;
}
