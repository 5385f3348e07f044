// k6 has it, @types/k6 leaves it to others.
declare const console: { error(message: string): void };
