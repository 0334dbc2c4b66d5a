/** The line that shows how far long work is: share, rate and time left. */
export function progressText(
	doneRows: number,
	totalRows: number,
	seconds: number,
): string {
	const share = totalRows === 0 ? 1 : doneRows / totalRows;
	const percent = `${Math.floor(share * 100)} %`.padStart(5);
	const rate = seconds > 0 ? doneRows / seconds : 0;
	const left =
		rate > 0 ? durationText((totalRows - doneRows) / rate) : "unknown";
	return `${percent} ${count(doneRows)} of ${count(totalRows)} rows, ${count(Math.round(rate))} rows/s, ${left} left`;
}

/** A number with thousands set apart, for people. */
export function count(value: number): string {
	return value.toLocaleString("en-US");
}

/** Seconds for people: "0.4 s", "12 s", "3 min 05 s", "2 h 10 min". */
export function durationText(seconds: number): string {
	if (seconds < 10) return `${seconds.toFixed(1)} s`;
	const whole = Math.round(seconds);
	if (whole < 60) return `${whole} s`;
	const minutes = Math.floor(whole / 60);
	if (minutes < 60) {
		return `${minutes} min ${String(whole % 60).padStart(2, "0")} s`;
	}
	return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, "0")} min`;
}
