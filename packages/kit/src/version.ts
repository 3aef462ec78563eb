/** Of the whole repository, and so of each program. Written here so that a program can tell it without a file beside it. */
export const VERSION = "0.1.0";
