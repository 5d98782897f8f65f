package claque.sdk;

import claque.junit.ClaqueTest;
import claque.junit.World;
import com.aliyun.auth.credentials.Credential;
import com.aliyun.auth.credentials.provider.StaticCredentialProvider;
import com.aliyun.core.http.HttpMethod;
import com.aliyun.sdk.gateway.pop.Configuration;
import com.aliyun.sdk.gateway.pop.auth.SignatureVersion;
import com.aliyun.sdk.gateway.pop.clients.CommonAsyncClient;
import com.aliyun.sdk.gateway.pop.exception.PopClientException;
import com.aliyun.sdk.gateway.pop.exception.PopServerException;
import com.aliyun.sdk.gateway.pop.models.CommonRequest;
import com.google.gson.JsonElement;
import com.google.gson.JsonParser;
import darabonba.core.client.ClientOverrideConfiguration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The asynchronous runtime of the newer gateway, unmodified: only the endpoint is named. Its signature leaves the host out. */
@ClaqueTest
class GatewayPopTest {
  @ParameterizedTest
  @EnumSource(SignatureVersion.class)
  void playsTheStory(SignatureVersion version, World world) throws Exception {
    List<CommonAsyncClient> clients = new ArrayList<>();
    try {
      Story.play("aliyun-gateway-pop, asynchronous, signature " + version, world, (where, secret) -> {
        CommonAsyncClient client = client(where, secret, version);
        clients.add(client);
        return (operation, parameters) -> call(client, operation, parameters);
      });
    } finally {
      clients.forEach(CommonAsyncClient::close);
    }
  }

  private static CommonAsyncClient client(World world, String secret, SignatureVersion version) {
    Credential key = Credential.builder().accessKeyId(world.accessKeyId()).accessKeySecret(secret).build();
    return CommonAsyncClient.builder()
        .credentialsProvider(StaticCredentialProvider.create(key))
        .serviceConfiguration(Configuration.create().setSignatureVersion(version))
        .overrideConfiguration(
            ClientOverrideConfiguration.create().setEndpointOverride(world.endpoint()).setProtocol("HTTP"))
        .build();
  }

  private static JsonElement call(CommonAsyncClient client, String operation, Map<String, Object> parameters)
      throws Exception {
    CommonRequest.Builder request =
        CommonRequest.builder()
            .product("live")
            .version("2016-11-01")
            .action(operation)
            .path("/")
            .httpMethod(HttpMethod.POST)
            .requestBodyType("formData")
            .responseBodyType("json")
            .isFormData(true);
    for (Map.Entry<String, Object> each : parameters.entrySet()) {
      Object value = Story.asJson(each.getValue());
      if (Story.isLive(operation)) request.putQueryParameters(each.getKey(), value);
      else request.putBodyParameters(each.getKey(), value);
    }
    try {
      Object body = client.callApi(request.build()).get(30, TimeUnit.SECONDS).getBody();
      return body instanceof String ? JsonParser.parseString((String) body) : Story.GSON.toJsonTree(body);
    } catch (ExecutionException error) {
      throw refused(error);
    }
  }

  private static Exception refused(ExecutionException error) {
    Throwable cause = error.getCause();
    if (cause instanceof PopClientException) {
      return new Story.Refused(((PopClientException) cause).getStatusCode(), ((PopClientException) cause).getErrCode());
    }
    if (cause instanceof PopServerException) {
      return new Story.Refused(((PopServerException) cause).getStatusCode(), ((PopServerException) cause).getErrCode());
    }
    return error;
  }
}
