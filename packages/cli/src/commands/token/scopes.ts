/** What a token may do: each holds the ones before it. */
export const scopes = ["read", "deploy", "admin"] as const;
