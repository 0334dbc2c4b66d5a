/** More records than this are no evidence of one program, but an attempt to fill the memory. */
export const mostRecords = 20_000;
