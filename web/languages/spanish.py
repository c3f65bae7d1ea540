"""The page's words in Spanish."""

from __future__ import annotations

from types import MappingProxyType

from web.words import Words

MONTHS = ("enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto", "septiembre",
          "octubre", "noviembre", "diciembre")  # fmt: skip
LANGUAGES = MappingProxyType({
    "ar": "árabe", "de": "alemán", "el": "griego", "en": "inglés", "es": "español",
    "fr": "francés", "he": "hebreo", "hi": "hindi", "it": "italiano", "ja": "japonés",
    "ko": "coreano", "nl": "neerlandés", "pl": "polaco", "pt": "portugués", "ru": "ruso",
    "sv": "sueco", "th": "tailandés", "zh": "chino",
})  # fmt: skip

SPANISH = Words(
    language="es",
    thousands=".",
    tagline="Respuestas con las palabras de los artículos",
    articles=("{n} artículo", "{n} artículos"),
    articles_none="aún no hay artículos",
    months=MONTHS,
    date_day="{day} de {month} de {year}",
    date_month="{month} de {year}",
    welcome="¿Qué le gustaría saber?",
    welcome_more=(
        "Pregunte con palabras sencillas. Cada respuesta es una cita: el pasaje que responde, "
        "palabra por palabra, con su autor, su fecha y su lugar en el artículo."
    ),
    empty="El archivo está vacío",
    empty_more="Añada artículos y después pregunte. En una terminal, escriba:",
    empty_command="quoth ingest CARPETA",
    box="Su pregunta",
    box_hint="Haga una pregunta sobre los artículos",
    ask="Preguntar",
    new_chat="Nueva conversación",
    theme="Cambiar entre claro y oscuro",
    hint="Intro pregunta, Mayús + Intro empieza una línea nueva.",
    conversation="Conversación",
    question_label="Su pregunta",
    answer_label="Respuesta",
    searching="Buscando en el archivo …",
    filter="Filtrar",
    filter_title="Elegir en qué artículos se busca",
    filter_since="Desde",
    filter_until="Hasta",
    filter_date_hint="2023 o 2023-01-17",
    filter_author="Autor",
    filter_source="Fuente",
    filter_language="Idioma",
    filter_clear="Quitar los filtros: {scope}",
    filter_remove="Quitar: {value}",
    filter_refused="Ese filtro no se puede aplicar.",
    counted="{value} ({n})",
    scope="Solo se ha buscado en: {scope}",
    scope_since="desde {date}",
    scope_until="hasta {date}",
    scope_between="{since} a {until}",
    scope_author="de {names}",
    scope_or=" o ",
    scope_and=" · ",
    filtered_out="Ningún artículo cumple estos filtros: {scope}.",
    filtered_unknown="{value}: en ningún artículo.",
    filtered_held="{value}: en ningún artículo. Hay: {held}.",
    filtered_tip="Quite o cambie los filtros bajo la pregunta y pregunte de nuevo.",
    filtered_silent="Quite los filtros bajo la pregunta para buscar en todos los artículos.",
    languages=LANGUAGES,
    understood="Entendido como:",
    lead="{passages} de {articles}, palabra por palabra",
    passages=("{n} pasaje", "{n} pasajes"),
    more=("{n} pasaje más", "{n} pasajes más"),
    read="Leer en contexto",
    original="Original",
    original_page="Original, página {n}",
    original_title="Abre {host} en una pestaña nueva",
    page="Página {n}",
    copy="Copiar la cita",
    copied="Copiado",
    copy_failed="No se pudo copiar: seleccione el texto y cópielo a mano.",
    also_in="También en",
    evidence="Prueba",
    evidence_title="La cita con su lugar, su fuente y su huella, para guardarla",
    evidence_page="Guardar esta página",
    evidence_json="Guardar como JSON",
    evidence_check="Comprobarlo después, palabra por palabra:",
    evidence_command="quoth check-proof ARCHIVO",
    evidence_changed="El artículo ha cambiado desde que se citó",
    evidence_changed_more="No hay prueba de su texto anterior. Pregunte de nuevo.",
    evidence_none="La dirección no nombra ninguna cita",
    evidence_none_more="Está incompleta. Abra la prueba desde una respuesta.",
    differs="en parte con otras palabras",
    agree="{articles} dicen lo mismo:",
    agree_reprints="{articles} dicen lo mismo, contando {reprints}:",
    reprints=("{n} reproducción", "{n} reproducciones"),
    differ="Los artículos dan respuestas distintas:",
    newest="El más reciente",
    cut="Aquí está abreviado; el pasaje entero está en el artículo.",
    match=("Coincidencia débil", "Buena coincidencia", "Coincidencia fuerte"),
    match_title="Seguridad de que este pasaje responde a la pregunta: {percent} de 100",
    silent="El archivo no lo dice.",
    silent_no_match="Ningún pasaje habla de lo que ha preguntado.",
    silent_below_bar=(
        "Algunos pasajes se acercan, pero ninguno responde con suficiente seguridad para darlo "
        "como respuesta."
    ),
    tips=(
        "Nombre la persona, el lugar o la cosa a la que se refiere.",
        "Pregunte una sola cosa cada vez.",
        "Pruebe con las palabras que usaría un artículo.",
    ),
    nearest=("El pasaje más cercano", "Los {n} pasajes más cercanos"),
    nearest_more="Son los que más se acercan, pero quizá no respondan a la pregunta.",
    refused="Esa pregunta no se puede hacer.",
    question_empty="Escriba primero una pregunta y después pulse Intro.",
    question_long=(
        "La pregunta tiene {n} caracteres; se permiten {limit} como máximo. Hágala en una o dos "
        "frases."
    ),
    trouble="Algo ha fallado por nuestra parte.",
    trouble_more="La pregunta no ha sido respondida. Vuelva a hacerla en un momento.",
    trouble_again="Inténtelo de nuevo en un momento; el registro del servidor dice qué ocurrió.",
    no_entry="Primero hay que tener acceso",
    no_entry_more=(
        "Este archivo responde a las personas que han iniciado sesión y a los programas que "
        "muestran un token. Ábralo en la dirección que le dieron, o pregunte a quien lo "
        "administra."
    ),
    wrong_name="El archivo no responde a este nombre",
    wrong_name_more=(
        "Solo responde en su propia máquina. Quien lo tenga detrás de un proxy debe nombrarlo: "
        "quoth serve --proxy DIRECCIÓN"
    ),
    wrong_site="Otro sitio no puede preguntar en su nombre",
    wrong_site_more=(
        "Quien administra el archivo puede permitírselo: quoth serve --embed-origins ORIGEN"
    ),
    too_many="Demasiadas preguntas a la vez",
    too_many_more="Espere {n} segundos y vuelva a preguntar.",
    busy="El archivo está ocupado",
    busy_more="Ahora mismo se responden muchas preguntas. Vuelva a preguntar en unos segundos.",
    no_page="No hay nada en esta dirección",
    no_page_more="Puede que se haya cortado por el camino.",
    too_large="La petición es demasiado grande",
    too_large_more="Supera los {n} bytes, el máximo permitido.",
    too_many_headers="Tiene más de {n} campos de cabecera.",
    no_method="Eso no se puede hacer aquí",
    no_method_more="Las peticiones se leen con GET, HEAD, POST y OPTIONS.",
    vote_up="Esto responde",
    vote_down="Esto no responde",
    vote_noted="Anotado. Gracias.",
    vote_withdrawn="Opinión retirada.",
    vote_failed="No se pudo guardar. Inténtelo más tarde.",
    vote_reason="¿Por qué? (si lo desea)",
    vote_send="Enviar",
    vote_pick="Mostrar las palabras correctas",
    vote_pick_how="Seleccione las palabras que responden, aquí o en otro artículo.",
    vote_use="Usar estas palabras",
    vote_none="Seleccione primero palabras del artículo, {n} caracteres como máximo.",
    panel="El artículo entero",
    close="Cerrar",
    new_tab="Abrir en una pestaña nueva",
    missing="Este artículo ya no está en el archivo",
    missing_more="Se ha quitado, o la dirección está incompleta.",
    changed="El artículo ha cambiado desde que se citó; las palabras no están marcadas.",
    back="Preguntar al archivo",
)
