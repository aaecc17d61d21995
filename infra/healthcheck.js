/** What a container asks itself: does the program answer /readyz, or what is named behind this file, with 200? Exit code 0 says yes. */
const path = process.argv[2] ?? '/readyz';
const answer = await fetch(`http://127.0.0.1:${process.env.FLUXO_HTTP_PORT}${path}`).catch(() => null);
process.exitCode = answer?.ok ? 0 : 1;
