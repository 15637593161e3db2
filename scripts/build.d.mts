export function build(options?: { from?: string; out?: string }): Promise<void>
export function buildDecodeWorker(outfile: string): Promise<void>
