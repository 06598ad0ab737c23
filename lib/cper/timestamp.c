// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Timestamps of UEFI are BCD: seconds, minutes, hours, a flag, day, month, year, century. Windows,
 * some GPU drivers and some BMCs write plain binary numbers in their place. The century tells the
 * two apart: 20 is 14h in binary, and in BCD 14h is the fourteenth.
 */
#include "cper/section.h"

static bool bcd(uint8_t b, unsigned int min, unsigned int max)
{
	unsigned int v = (b >> 4) * 10u + (b & 15u);

	return (b & 15) < 10 && b >> 4 < 10 && v >= min && v <= max;
}

bool cper_timestamp_ok(const uint8_t t[8])
{
	return bcd(t[0], 0, 59) && bcd(t[1], 0, 59) && bcd(t[2], 0, 23) && bcd(t[4], 1, 31) &&
	       bcd(t[5], 1, 12) && bcd(t[6], 0, 99) && bcd(t[7], 0, 99);
}

static bool binary_ok(const uint8_t t[8])
{
	return t[0] <= 59 && t[1] <= 59 && t[2] <= 23 && t[4] >= 1 && t[4] <= 31 && t[5] >= 1 &&
	       t[5] <= 12 && t[6] <= 99 && t[7] >= 19 && t[7] <= 21;
}

static uint8_t plain(uint8_t b, bool binary)
{
	return binary ? b : (uint8_t)((b >> 4) * 10 + (b & 15));
}

bool cper_timestamp_read(const uint8_t t[8], struct cper_time *out)
{
	bool as_bcd = cper_timestamp_ok(t);
	bool binary = !(as_bcd && t[7] >= 0x19 && t[7] <= 0x21) && binary_ok(t);

	if (!as_bcd && !binary)
		return false;
	*out = (struct cper_time){
		.year = (uint16_t)(plain(t[7], binary) * 100 + plain(t[6], binary)),
		.month = plain(t[5], binary),
		.day = plain(t[4], binary),
		.hour = plain(t[2], binary),
		.minute = plain(t[1], binary),
		.second = plain(t[0], binary),
		.precise = t[3] & 1,
		.binary = binary,
	};
	return true;
}

static uint8_t to_bcd(unsigned int v)
{
	return (uint8_t)(v / 10 << 4 | v % 10);
}

bool cper_timestamp_write(const struct cper_time *time, uint8_t t[8])
{
	if (time->second > 59 || time->minute > 59 || time->hour > 23 || time->day < 1 ||
	    time->day > 31 || time->month < 1 || time->month > 12 || time->year > 9999)
		return false;
	t[0] = to_bcd(time->second);
	t[1] = to_bcd(time->minute);
	t[2] = to_bcd(time->hour);
	t[3] = time->precise;
	t[4] = to_bcd(time->day);
	t[5] = to_bcd(time->month);
	t[6] = to_bcd(time->year % 100u);
	t[7] = to_bcd(time->year / 100u);
	return true;
}
