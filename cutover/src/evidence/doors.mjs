// Plain JavaScript with declarations of its own (doors.d.mts): the schemas of what is signed are large to the type-checker,
// which takes the verbs and what lies behind them as two parts.
export * from "./doors.ts";
