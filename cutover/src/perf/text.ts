/** A share as signed percent: "+3.1 %", "−12 %". */
export function percent(share: number): string {
	const value = share * 100;
	const digits = Math.abs(value) < 9.95 ? 1 : 0;
	const text = Math.abs(value).toFixed(digits);
	const sign = Number(text) === 0 ? "±" : value > 0 ? "+" : "−";
	return `${sign}${text} %`;
}

/** A figure with three significant digits: "0.412", "3.81", "108". */
export function timeText(value: number): string {
	return value >= 100 ? value.toFixed(0) : value.toPrecision(3);
}
