/** The page in the Portuguese of Portugal: Brazil's words, but for those that are others there. */
import { ptBr, type Words } from './pt-br.ts';

const { operations, refusal } = ptBr;

export const ptPt: Words = {
  ...ptBr,
  loading: 'A carregar',
  pages: { ...ptBr.pages, close: 'Fecho' },
  shell: { ...ptBr.shell, change: 'Mudar' },
  session: {
    ...ptBr.session,
    welcome: 'A caixa de hoje, agora.',
    awayWhat: 'Não foi possível saber se já entrou. Tente de novo dentro de momentos.',
  },
  merchants: {
    ...ptBr.merchants,
    operator: 'Como operador, pode ver qualquer estabelecimento. Escreva o código dele.',
    search: 'Procurar por nome ou código',
    noneWhat: 'A sua conta não tem acesso a nenhum estabelecimento. Fale com o responsável.',
  },
  line: {
    ...ptBr.line,
    connecting: 'A ligar',
    live: 'Em direto',
    broken: 'Sem ligação desde',
    oldWhat: 'São os de {{time}}. Voltam a mudar assim que a ligação voltar; nada se perde.',
  },
  balance: { ...ptBr.balance, byMethod: 'Por meio de pagamento' },
  entries: {
    ...ptBr.entries,
    awayWhat: 'Os saldos acima continuam certos. A lista volta sozinha.',
    when: 'Hora',
    method: 'Meio de pagamento',
    text: 'Procurar no texto',
    recorded: 'Registado',
    hash: 'Hash do registo',
  },
  kind: { ...ptBr.kind, CASH_OUT: 'Saída de dinheiro' },
  // The contract knows no ways to pay that only Portugal has.
  method: { ...ptBr.method, OTHER: 'MB WAY ou outro' },
  purpose: { ...ptBr.purpose, SUPRIMENTO: 'Reforço de caixa', WITHDRAWAL: 'Levantamento' },
  day: {
    ...ptBr.day,
    next: 'Dia seguinte',
    history: 'Fechos e reaberturas',
    proofWhat: 'Quem tiver o razão pode conferir: cada registo traz o hash do anterior.',
  },
  month: { ...ptBr.month, next: 'Mês seguinte' },
  entry: {
    ...ptBr.entry,
    what: 'O que registar',
    method: 'Meio de pagamento',
    whenZone: 'Hora de {{zone}}',
    sentNoneWhat: 'O que lançar aparece aqui, com o que foi feito dele.',
    offline: 'Sem ligação',
    offlineWhat: 'Pode lançar: fica neste dispositivo e é enviado uma única vez quando a ligação voltar.',
    notAllowed: 'Pode ver, mas não lançar',
    notAllowedWhat: 'A sua conta não tem permissão para lançar neste estabelecimento.',
  },
  amount: {
    ...ptBr.amount,
    required: 'Escreva o valor.',
    form: 'Escreva como 1234,56.',
    zero: 'O valor tem de ser maior do que zero.',
  },
  sent: {
    ...ptBr.sent,
    sending: 'A enviar…',
    waitsForLine: 'Guardado neste dispositivo; será enviado quando a ligação voltar.',
    accepted: 'Aceite; à espera do razão.',
    close: 'Fecho',
  },
  close: {
    ...ptBr.close,
    exact: 'Certo',
    varianceWhat: 'A quebra é declarada no fecho, não lançada. Para corrigir o saldo, lance um ajuste.',
  },
  reports: { ...ptBr.reports, paymentMethod: 'Meio de pagamento', download: 'Descarregar CSV' },
  merchant: {
    ...ptBr.merchant,
    calendarWhat: 'O dia começa à hora de corte, no fuso do estabelecimento. O passado nunca muda.',
    cutoff: 'Hora de corte',
    backdate: 'Dias retroativos aceites',
    previewForbidden: 'A mudança tem de valer de um dia depois de {{date}}.',
    save: 'Guardar',
    readOnly: 'A sua conta pode ver estes dados, mas não alterá-los.',
  },
  failure: {
    ...ptBr.failure,
    offline: {
      title: 'Sem ligação',
      what: 'O dispositivo não chega ao serviço. Verifique a rede e tente de novo.',
    },
    ended: { title: 'A sua sessão terminou', what: 'Entre de novo; volta a esta página.' },
    forbidden: { title: 'Sem permissão', what: 'A sua conta não pode ver isto.' },
    often: { ...ptBr.failure.often, title: 'Demasiados pedidos' },
    long: { ...ptBr.failure.long, title: 'Demasiado longo para este formato' },
    away: {
      ...ptBr.failure.away,
      what: 'Um serviço não responde. Nada se perdeu: os lançamentos continuam a ser aceites.',
    },
    other: { ...ptBr.failure.other, title: 'Algo correu mal' },
  },
  operations: {
    ...operations,
    behind: 'Atraso (registos)',
    oldWhat: 'São das {{time}}. O Kafka ou o serviço não responde agora; a página continua a perguntar.',
    by: { ...operations.by, behind: 'Registos' },
    exact: { ...operations.exact, behind: '{{count}} registos' },
    heldWhat:
      'Posições são um limite superior dos registos: marcas de transação e registos compactados também ocupam uma.',
    step: {
      ...operations.step,
      recorded: 'Recebido no registo',
      notFound: 'O que resultou não foi encontrado entre os registos vistos',
    },
    audit: {
      ...operations.audit,
      awayWhat: 'Não se sabe de nada errado; ninguém saberia. Para deixar uma a correr ali:',
    },
    trying: 'A ler a partição…',
  },
  refusal: {
    ...refusal,
    'merchant-unknown': {
      ...refusal['merchant-unknown'],
      todo: 'Guarde a configuração em Estabelecimento e lance de novo.',
    },
    'submitted-in-future': {
      ...refusal['submitted-in-future'],
      what: 'O relógio deste dispositivo está adiantado.',
    },
    'amount-out-of-range': {
      ...refusal['amount-out-of-range'],
      todo: 'Use um valor maior do que zero e até 10 mil milhões na moeda (10¹² cêntimos).',
    },
    'occurred-in-future': {
      what: 'A hora está no futuro.',
      todo: 'Corrija a hora ou deixe em branco para agora.',
    },
    'replay-under-way': { ...refusal['replay-under-way'], what: 'Outro reenvio está a ser ensaiado.' },
    'scope-missing': { ...refusal['scope-missing'], what: 'A sua conta não pode fazer isto.' },
  },
};
