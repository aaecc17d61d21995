/** What a container asks itself: does the program answer /readyz with 200? Exit code 0 says yes. */
const answer = await fetch(`http://127.0.0.1:${process.env.FLUXO_HTTP_PORT}/readyz`).catch(() => null);
process.exitCode = answer?.ok ? 0 : 1;
