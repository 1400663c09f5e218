/** How a link looks that stands in words. */
export const TEXT_LINK = "font-medium text-accent underline underline-offset-3";
