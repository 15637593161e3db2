export function build(options?: { from?: string; out?: string }): Promise<void>
