/** Why something was refused, and what to do about it: the ledger's codes (spec.md 3.2), all of them or it does not compile, and the APIs' own. */
import type { RejectionCode } from '@fluxo/domain';

export type Refusal = { readonly what: string; readonly todo: string };
export type ApiCode =
  | 'duplicate'
  | 'body-invalid'
  | 'parameter-invalid'
  | 'scope-missing'
  | 'body-too-large'
  | 'idempotency-key-reused'
  | 'name-foreign'
  | 'csrf-token-invalid'
  | 'replay-under-way'
  | 'replay-too-long'
  | 'pipeline-unavailable'
  | 'other';
export type Refusals = Readonly<Record<RejectionCode | ApiCode, Refusal>>;

export const refusalsPt: Refusals = {
  malformed: { what: 'O envio não pôde ser lido.', todo: 'Recarregue a página e lance de novo.' },
  'key-mismatch': {
    what: 'O envio chegou sob outro estabelecimento.',
    todo: 'Recarregue a página e lance de novo.',
  },
  'wrong-partition': { what: 'O envio chegou ao lugar errado.', todo: 'Avise quem opera o sistema.' },
  'merchant-unknown': {
    what: 'O estabelecimento ainda não está configurado.',
    todo: 'Salve a configuração em Estabelecimento e lance de novo.',
  },
  'duplicate-mismatch': {
    what: 'Outro lançamento com conteúdo diferente já usa este código.',
    todo: 'O primeiro vale. Se este também aconteceu, lance-o como novo.',
  },
  duplicate: {
    what: 'O razão já tem algo com este código.',
    todo: 'Veja o dia: se for este, não é preciso fazer nada; se não, lance-o como novo.',
  },
  'submitted-in-future': {
    what: 'O relógio deste aparelho está adiantado.',
    todo: 'Acerte o relógio e lance de novo.',
  },
  'stale-submission': {
    what: 'O envio ficou mais de 45 dias guardado.',
    todo: 'Confira se já foi lançado por outro meio; se não, lance de novo.',
  },
  'same-account': { what: 'As duas contas são a mesma.', todo: 'Escolha contas diferentes.' },
  'account-unknown': {
    what: 'A conta não existe neste estabelecimento.',
    todo: 'Escolha outra conta ou acrescente-a em Estabelecimento.',
  },
  'currency-mismatch': { what: 'A moeda não é a da conta.', todo: 'Escolha uma conta nessa moeda.' },
  'amount-out-of-range': {
    what: 'O valor está fora do permitido.',
    todo: 'Use um valor maior que zero e até 10 bilhões na moeda (10¹² centavos).',
  },
  'direction-mismatch': {
    what: 'Este tipo não combina com entrada ou saída escolhida.',
    todo: 'Corrija o tipo ou o sentido.',
  },
  'occurred-in-future': {
    what: 'O horário está no futuro.',
    todo: 'Corrija o horário ou deixe em branco para agora.',
  },
  'original-unknown': {
    what: 'O lançamento original não é mais lembrado para estorno.',
    todo: 'Lance uma devolução ou um ajuste.',
  },
  'cannot-reverse-reversal': {
    what: 'Um estorno não pode ser estornado.',
    todo: 'Lance o valor de novo, como lançamento.',
  },
  'already-reversed': { what: 'Este lançamento já foi estornado.', todo: 'Não é preciso fazer nada.' },
  'day-closed': {
    what: 'O dia está fechado, e este estabelecimento recusa lançamentos atrasados.',
    todo: 'Reabra o dia ou lance com data de um dia aberto.',
  },
  'backdated-beyond-limit': {
    what: 'A data está além do limite para lançamentos retroativos.',
    todo: 'Lance em um dia mais recente ou mude o limite em Estabelecimento.',
  },
  'config-invalid': {
    what: 'A configuração não pode valer assim.',
    todo: 'Confira fuso, corte, data de início e contas: o passado não muda e contas não saem.',
  },
  'day-not-closable': {
    what: 'Este dia não pode ser fechado.',
    todo: 'Só dias até hoje e ainda abertos podem; confira também as contas contadas.',
  },
  'day-not-closed': { what: 'Este dia não está fechado.', todo: 'Não é preciso reabri-lo.' },
  'balance-overflow': {
    what: 'O saldo passaria do maior valor que o sistema guarda.',
    todo: 'Confira o valor.',
  },
  'body-invalid': { what: 'Algum campo não foi aceito.', todo: 'Confira os campos e envie de novo.' },
  'parameter-invalid': { what: 'Algum campo não foi aceito.', todo: 'Confira os campos e envie de novo.' },
  'scope-missing': { what: 'Sua conta não pode fazer isto.', todo: 'Peça a quem tem permissão.' },
  'body-too-large': { what: 'O texto é grande demais.', todo: 'Encurte a descrição.' },
  'idempotency-key-reused': {
    what: 'Este envio já foi feito com outro conteúdo.',
    todo: 'Abra um formulário novo.',
  },
  'name-foreign': {
    what: 'O pedido foi feito em nome de outra pessoa.',
    todo: 'Nada foi feito. Peça de novo, em seu próprio nome.',
  },
  'csrf-token-invalid': {
    what: 'A sessão mudou nesse meio-tempo.',
    todo: 'Envie de novo por aqui: não conta duas vezes.',
  },
  'replay-under-way': {
    what: 'Outro reenvio está sendo ensaiado.',
    todo: 'Espere alguns segundos e tente de novo.',
  },
  'replay-too-long': {
    what: 'A partição é longa demais para ser lida daqui.',
    todo: 'Nada foi enviado. Use o comando: fluxo rejections replay.',
  },
  'pipeline-unavailable': {
    what: 'O Kafka não responde agora.',
    todo: 'Tente de novo: repetir não conta duas vezes.',
  },
  other: { what: 'O envio foi recusado.', todo: 'Confira os dados e tente de novo.' },
};
