// The browser's types, which the rest of the repository does without.
/// <reference lib="dom" />
/// <reference lib="dom.asynciterable" />
