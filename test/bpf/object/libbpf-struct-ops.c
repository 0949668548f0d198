// SPDX-License-Identifier: Apache-2.0
/*
 * Registers a struct of functions of an object through libbpf, and prints what the kernel then holds.
 *
 *   libbpf-struct-ops OBJECT MAP
 *
 * Lines: `answer NAME ERRNO` of commands before it is registered, then `value HEX`, and `program NAME AT` for each member that a program stands for, by byte of the value.
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int report(const struct bpf_map *map)
{
	unsigned int size = bpf_map__value_size(map), key = 0;
	unsigned char *value = calloc(1, size);

	if (!value || bpf_map_lookup_elem(bpf_map__fd(map), &key, value))
		return 1;
	/* Where a function was, the kernel shows the id of its program. */
	for (unsigned int at = 64; at + 8 <= size; at += 8) {
		struct bpf_prog_info info = {};
		unsigned int length = sizeof(info);
		unsigned long long id;
		int fd;

		memcpy(&id, value + at, 8);
		if (id == 0 || id > 0xffffffff)
			continue;
		fd = bpf_prog_get_fd_by_id(id);
		if (fd < 0 || bpf_obj_get_info_by_fd(fd, &info, &length))
			continue;
		printf("program %s %u\n", info.name, at);
		memset(value + at, 0, 8);
	}
	printf("value ");
	for (unsigned int at = 0; at < size; at++)
		printf("%02x", value[at]);
	printf("\n");
	return 0;
}

static void answer(const char *name, int result)
{
	printf("answer %s %d\n", name, result < 0 ? result : 0);
}

/* What the map says before the struct is registered; registers nothing. */
static void ask(const struct bpf_map *map)
{
	unsigned int zero = 0, one = 1, next = 7, fd = bpf_map__fd(map);
	unsigned char *value = calloc(1, bpf_map__value_size(map));

	if (!value)
		return;
	answer("lookup", bpf_map_lookup_elem(fd, &zero, value));
	answer("lookup-1", bpf_map_lookup_elem(fd, &one, value));
	answer("first", bpf_map_get_next_key(fd, NULL, &next));
	answer("next", bpf_map_get_next_key(fd, &zero, &next));
	answer("next-1", bpf_map_get_next_key(fd, &one, &next));
	answer("update-flags", bpf_map_update_elem(fd, &zero, value, BPF_EXIST));
	answer("update-1", bpf_map_update_elem(fd, &one, value, 0));
	value[4] = 1;
	answer("update-state", bpf_map_update_elem(fd, &zero, value, 0));
	answer("delete", bpf_map_delete_elem(fd, &zero));
	answer("take", bpf_map_lookup_and_delete_elem(fd, &zero, value));
	free(value);
}

int main(int argc, char **argv)
{
	struct bpf_object *object;
	struct bpf_map *map;
	unsigned int zero = 0;
	int failed;

	if (argc != 3)
		return 2;
	object = bpf_object__open_file(argv[1], NULL);
	if (!object || bpf_object__load(object))
		return 1;
	map = bpf_object__find_map_by_name(object, argv[2]);
	if (!map)
		return 1;
	ask(map);
	if (!bpf_map__attach_struct_ops(map))
		return 1;
	failed = report(map);
	/* It would stay registered beyond the end of this process. */
	if (bpf_map_delete_elem(bpf_map__fd(map), &zero))
		fprintf(stderr, "%s stays registered\n", argv[2]);
	return failed;
}
