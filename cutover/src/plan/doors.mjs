// Plain JavaScript with declarations of its own (doors.d.mts): what lies behind is large to the type-checker, which takes it as
// a part by itself.
export * from "./doors.ts";
