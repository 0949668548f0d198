/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/* Logarithms for histograms, without a loop. */
#ifndef RETROPROBE_LOG2_H
#define RETROPROBE_LOG2_H

#include "types.h"

/* Position of the highest bit that is set; 0 for 0. */
static __always_inline __u32 log2_u64(__u64 value)
{
	__u32 bit = 0;

	if (value >> 32) { value >>= 32; bit += 32; }
	if (value >> 16) { value >>= 16; bit += 16; }
	if (value >> 8) { value >>= 8; bit += 8; }
	if (value >> 4) { value >>= 4; bit += 4; }
	if (value >> 2) { value >>= 2; bit += 2; }
	if (value >> 1) bit += 1;
	return bit;
}

#endif
