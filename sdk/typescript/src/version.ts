/** The one place in the code that says which version this is; `package.json` is held to it by a test. */
export const VERSION = "0.1.0";
