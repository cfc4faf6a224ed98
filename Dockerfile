FROM python:3.12-slim AS build
RUN apt-get update && apt-get install -y --no-install-recommends gcc libc6-dev
COPY requirements.txt .
# LightFM is compiled here: without -march=native, or the image would need a processor that knows
# all that the one of the machine knows on which it was built.
ENV LIGHTFM_NO_CFLAGS=1
RUN python -m venv /venv && /venv/bin/pip install --no-cache-dir -r requirements.txt

FROM python:3.12-slim
RUN apt-get update && apt-get install -y --no-install-recommends libgomp1 \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --create-home kinolenta && install -d -o kinolenta /data
COPY --from=build /venv /venv
ENV PATH=/venv/bin:$PATH PYTHONUTF8=1
WORKDIR /kinolenta
COPY . .
USER kinolenta
VOLUME /data
CMD ["honcho", "start"]
