/** What the report's figures read of a head's page; the playground saves none. */
declare const looking: { text: number };
