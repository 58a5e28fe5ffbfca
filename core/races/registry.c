/*
 * The detectors. A new one is a file `detect_<name>.c` and its row here, in the order of names
 * (where a name has '-', the row has '_').
 */
#include "core/races/internal.h"

#define DETECTORS(row) \
	row(async_callback) \
	row(atomic_apart) \
	row(awaited_elsewhere) \
	row(blocking_call) \
	row(borrow_over_send) \
	row(busy_wait) \
	row(captured_race) \
	row(channel_close) \
	row(channel_under_lock) \
	row(check_then_act) \
	row(cleanup_await) \
	row(condition_wait) \
	row(copied_receiver) \
	row(double_lock) \
	row(double_release) \
	row(dropped_guard) \
	row(dropped_results) \
	row(dropped_task) \
	row(early_bound) \
	row(emptied) \
	row(entered_again) \
	row(fan_out) \
	row(finally_leaves) \
	row(fresh_lock) \
	row(handed_out) \
	row(idle_bound) \
	row(ignored_join) \
	row(interrupting_lock) \
	row(iteration_mutation) \
	row(join_under_lock) \
	row(late_await) \
	row(late_cleanup) \
	row(late_release) \
	row(lazy_init) \
	row(leave_scope) \
	row(let_go) \
	row(list_queue) \
	row(lock_across_switch) \
	row(lock_copy) \
	row(lock_order) \
	row(long_loop) \
	row(loop_capture) \
	row(lost_lock) \
	row(lost_promise) \
	row(lost_waiter) \
	row(misplaced_call) \
	row(missing_await) \
	row(missing_guard) \
	row(missing_release) \
	row(missing_timeout) \
	row(module_race) \
	row(no_backstop) \
	row(once_set) \
	row(path_race) \
	row(periodic_call) \
	row(pipe_fill) \
	row(promise_value) \
	row(read_after_release) \
	row(read_locked_write) \
	row(read_modify_write) \
	row(return_in_try) \
	row(scope_escape) \
	row(select_branch) \
	row(send_to_leaver) \
	row(shared_counter) \
	row(shared_field) \
	row(silent_condition) \
	row(slice_queue) \
	row(split_atomic) \
	row(stale_capture) \
	row(startable) \
	row(stranded) \
	row(stuck_flag) \
	row(swallowed_cancel) \
	row(swallowed_error) \
	row(sync_callable) \
	row(taken_over_switch) \
	row(thread_wait) \
	row(torn_pair) \
	row(unbounded_channel) \
	row(unbounded_queue) \
	row(unbounded_wait) \
	row(unchecked_future) \
	row(uneven_count) \
	row(unsafe_share) \
	row(unstopped) \
	row(unused_cancel) \
	row(wait_under_lock) \
	row(waitgroup) \
	row(wake_no_switch) \
	row(wrong_release) \
	row(yield_in_scope)

#define DECLARE(name) extern const struct ra_detector ra_detect_##name;
#define POINTER(name) &ra_detect_##name,

DETECTORS(DECLARE)

const struct ra_detector *const ra_detectors[] = { DETECTORS(POINTER) };
const size_t ra_detectors_n = RA_COUNT(ra_detectors);

const struct ra_detector *ra_detector_named(struct ra_str name)
{
	for (size_t i = 0; i < ra_detectors_n; i++)
		if (ra_str_is(name, ra_detectors[i]->name))
			return ra_detectors[i];
	return NULL;
}
