/** The server's own rule decides; this one spares a round trip. */
export const PASSWORD_LENGTH = 8;
export const PASSWORD_HINT = `At least ${PASSWORD_LENGTH} characters.`;
