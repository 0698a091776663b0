/* timer.c - HYPERVISOR_set_timer_op: VIRQ_TIMER at an absolute system time in ns; 0 stops it */
#include "call/call.h"
#include "kern/time.h"

long call_set_timer_op(uint64_t timeout)
{
	if (timeout)
		time_set_singleshot(current, timeout);
	else
		time_stop_singleshot(current);
	return 0;
}
